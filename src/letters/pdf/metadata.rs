//! Language, title, XMP and output intent, after the rules of PDF/A-2b that `docs/pdf.md` lists.

use std::sync::LazyLock;

use lopdf::{Document, Object, Stream, StringFormat, dictionary};

use super::tags::catalog;

/// sRGB in 736 bytes (CC0, see `letter-templates/README.md`): what black and white mean on every printer.
const SRGB: &[u8] = include_bytes!("../../../letter-templates/srgb.icc");

/// The same in every letter: compressed once.
static PROFILE: LazyLock<Stream> = LazyLock::new(|| {
    let mut profile = Stream::new(dictionary! { "N" => 3 }, SRGB.to_vec());
    // What cannot be compressed stays as it is.
    let _ = profile.compress();
    profile
});

pub fn set(document: &mut Document, title: &str) -> Result<(), lopdf::Error> {
    let metadata =
        Stream::new(dictionary! { "Type" => "Metadata", "Subtype" => "XML" }, xmp(title).into_bytes());
    let metadata = document.add_object(metadata.with_compression(false));
    let profile = document.add_object(PROFILE.clone());
    let intent = dictionary! {
        "Type" => "OutputIntent", "S" => "GTS_PDFA1",
        "OutputConditionIdentifier" => literal("sRGB"), "Info" => literal("sRGB IEC61966-2.1"),
        "DestOutputProfile" => profile,
    };
    let catalog = catalog(document)?;
    catalog.set("Metadata", metadata);
    catalog.set("OutputIntents", vec![Object::Dictionary(intent)]);
    catalog.set("Lang", literal("id-ID"));
    catalog.set("ViewerPreferences", dictionary! { "DisplayDocTitle" => true });
    let info = document.trailer.get(b"Info")?.as_reference()?;
    let values = dictionary! {
        "Title" => lopdf::text_string(title),
        "Producer" => lopdf::text_string(PRODUCER),
    };
    document.objects.insert(info, Object::Dictionary(values));
    Ok(())
}

const PRODUCER: &str = "Aktivasi";

fn literal(text: &str) -> Object {
    Object::String(text.as_bytes().to_vec(), StringFormat::Literal)
}

/// Says the same as the information dictionary, which PDF/A demands.
fn xmp(title: &str) -> String {
    let title = title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\
         <dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{title}</rdf:li></rdf:Alt></dc:title>\
         <dc:language><rdf:Bag><rdf:li>id-ID</rdf:li></rdf:Bag></dc:language>\
         </rdf:Description>\
         <rdf:Description rdf:about=\"\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\">\
         <pdf:Producer>{PRODUCER}</pdf:Producer></rdf:Description>\
         <rdf:Description rdf:about=\"\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\">\
         <pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>\
         </rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>"
    )
}
