//! The HTML of e-mails in a real browser: what a reader sees at the widths of a phone and of a mail program.

use std::{fmt::Write, fs, path::Path, process::Command};

use aktivasi::letters::{EmailKind, Templates};
use serde_json::{Value, json};

const WIDTHS: [u64; 2] = [360, 600];
const FLAGS: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--virtual-time-budget=60000",
    "--dump-dom",
];
/// Measures each frame, then reads it as a person would, who sees the numbers of a list as well.
const MEASURE: &str = r"
const channel = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
const light = rgb => 0.2126 * channel(rgb[0]) + 0.7152 * channel(rgb[1]) + 0.0722 * channel(rgb[2]);
const parts = colour => colour.match(/[\d.]+/g).map(Number);
const ground = (w, e) => {
    for (; e; e = e.parentElement) {
        const c = parts(w.getComputedStyle(e).backgroundColor);
        if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
};
const contrast = (w, d) => {
    let least = 21;
    const texts = d.createTreeWalker(d.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const e = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim()) continue;
        const [a, b] = [light(parts(w.getComputedStyle(e).color)), light(ground(w, e))].sort((x, y) => y - x);
        least = Math.min(least, (a + 0.05) / (b + 0.05));
    }
    return least;
};
window.onload = () => {
    const found = [...document.querySelectorAll('iframe')].map(frame => {
        const [w, d] = [frame.contentWindow, frame.contentDocument];
        const seen = {
            name: frame.dataset.name,
            wide: d.documentElement.scrollWidth,
            room: frame.clientWidth,
            contrast: contrast(w, d),
            fetched: w.performance.getEntriesByType('resource').length,
            alive: d.querySelectorAll('script, link, img, form, iframe, object, [src], [background], [onerror]').length,
            links: [...d.links].map(a => a.href),
            banner: d.querySelector('[role=banner]').innerText,
            heading: d.querySelector('h1').innerText,
            lang: d.documentElement.lang,
        };
        d.querySelector('h1').remove();
        d.querySelectorAll('ol').forEach(ol => [...ol.children].forEach((li, i) => li.prepend(`${i + 1}. `)));
        seen.text = d.querySelector('[role=main]').innerText;
        return seen;
    });
    document.body.innerHTML = '<pre id=result></pre>';
    document.getElementById('result').textContent = JSON.stringify(found);
};";

struct Case {
    name: String,
    body: String,
    html: String,
}

/// Every kind with the examples of its template, and again with names that people should not have.
fn cases() -> Vec<Case> {
    let templates = Templates::embedded().unwrap();
    let hostile = format!(
        "<img src=x onerror=alert(1)> \"'&amp; **{}** \u{202E}شركة {}",
        "W".repeat(300),
        "https://jahat.example/p"
    );
    let mut cases = Vec::new();
    for kind in EmailKind::ALL {
        let sample = templates.email_sample(kind);
        let mut worst = sample.clone();
        for place in ["/pkp/nama", "/penerima/sapaan", "/kpp/nama", "/perubahan_tenggat/alasan"] {
            if let Some(value) = worst.pointer_mut(place) {
                *value = json!(hostile);
            }
        }
        for (name, data) in [(kind.to_string(), sample), (format!("{kind}-hostile"), worst)] {
            let email = templates.email(kind, &data).unwrap();
            cases.push(Case { name, body: email.body, html: email.html });
        }
    }
    cases
}

/// What the browser says about each case at each width, in the order of the cases.
fn seen(cases: &[Case], dark: bool) -> Vec<Value> {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('"', "&quot;");
    let mut page = "<!doctype html><meta charset=utf-8><body>".to_owned();
    for case in cases {
        for width in WIDTHS {
            let srcdoc = escaped(&case.html);
            write!(page, "<iframe data-name=\"{}\" width={width} height=900 frameborder=0 srcdoc=\"{srcdoc}\"></iframe>", case.name)
                .unwrap();
        }
    }
    write!(page, "<script>{MEASURE}</script>").unwrap();
    let folder = std::env::temp_dir().join(format!("aktivasi-browser-{}", uuid::Uuid::now_v7()));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("page.html"), page).unwrap();
    let scheme = format!("--blink-settings=preferredColorScheme={}", u8::from(!dark));
    let output = Command::new("chromium")
        .args(FLAGS)
        .arg(scheme)
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(folder.join("page.html"))
        .output()
        .unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let dom = String::from_utf8(output.stdout).unwrap();
    let result = dom.split_once("<pre id=\"result\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    let Some((json, _)) = result else { panic!("{}", String::from_utf8_lossy(&output.stderr)) };
    let json =
        json.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\u{a0}").replace("&amp;", "&");
    serde_json::from_str(&json).unwrap()
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[test]
fn the_html_of_every_mail_says_what_its_text_says_and_fits_a_phone() {
    let cases = cases();
    let screens = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screens");
    fs::create_dir_all(&screens).unwrap();
    for case in &cases {
        fs::write(screens.join(format!("email-{}.html", case.name)), &case.html).unwrap();
    }
    for dark in [false, true] {
        let seen = seen(&cases, dark);

        assert_eq!(seen.len(), cases.len() * WIDTHS.len());
        for (case, seen) in cases.iter().flat_map(|case| [case; WIDTHS.len()]).zip(&seen) {
            let name = format!("{} at {} px, dark: {dark}", case.name, seen["room"]);
            assert_eq!(seen["name"], case.name.as_str());
            assert_eq!(words(seen["text"].as_str().unwrap()), words(&case.body), "{name}");
            assert!(seen["wide"].as_u64() <= seen["room"].as_u64(), "{name} scrolls: {}", seen["wide"]);
            assert!(seen["contrast"].as_f64().unwrap() >= 4.5, "{name}: contrast {}", seen["contrast"]);
            assert_eq!(
                (&seen["fetched"], &seen["alive"]),
                (&json!(0), &json!(0)),
                "{name} asks for something"
            );
            assert_eq!(seen["lang"], "id");
            let links = seen["links"].as_array().unwrap();
            let ours = |link: &Value| link.as_str().unwrap().starts_with("https://aktivasi.example/");
            assert!(links.iter().all(ours), "{name}: {links:?}");
            assert!(!seen["banner"].as_str().unwrap().contains('\u{202E}'), "{name}");
            assert!(seen["banner"].as_str().unwrap().ends_with("Permohonan Kode Aktivasi"), "{name}");
            assert!(!seen["heading"].as_str().unwrap().is_empty(), "{name}");
        }
    }
}
