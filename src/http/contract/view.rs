//! What the browsable page shows of the contract.

use serde::Serialize;

use super::ordered::Node;

#[derive(Debug, Serialize)]
pub struct ContractView {
    title: String,
    version: String,
    description: Vec<Paragraph>,
    groups: Vec<Group>,
}

#[derive(Debug, Serialize)]
struct Group {
    name: String,
    anchor: String,
    description: Vec<Paragraph>,
    operations: Vec<OperationView>,
}

#[derive(Debug, Serialize)]
struct OperationView {
    id: String,
    method: String,
    path: String,
    summary: String,
    description: Vec<Paragraph>,
    /// Who may call, from `x-callers`.
    callers: Vec<String>,
    parameters: Vec<ParameterView>,
    request: Vec<ExampleView>,
    responses: Vec<ResponseView>,
}

#[derive(Debug, Serialize)]
struct ParameterView {
    name: String,
    place: String,
    required: bool,
    kind: String,
    description: Vec<Paragraph>,
}

#[derive(Debug, Serialize)]
struct ResponseView {
    status: String,
    description: Vec<Paragraph>,
    examples: Vec<ExampleView>,
}

#[derive(Debug, Serialize)]
struct ExampleView {
    content_type: String,
    name: String,
    text: String,
}

/// A paragraph as pieces of text; those between back-ticks are code.
type Paragraph = Vec<Piece>;

#[derive(Debug, Serialize)]
struct Piece {
    code: bool,
    bold: bool,
    text: String,
}

const METHODS: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];

impl ContractView {
    /// Groups the operations by their first tag, in the order of the document's list of tags.
    pub fn new(root: &Node) -> Self {
        let mut groups: Vec<Group> = root
            .items("tags")
            .iter()
            .map(|tag| Group::new(tag.text("name"), paragraphs(tag.text("description"))))
            .collect();
        for (path, item) in root.get("paths").map(Node::entries).unwrap_or_default() {
            for (method, operation) in
                item.entries().iter().filter(|(name, _)| METHODS.contains(&name.as_str()))
            {
                let tag = operation.items("tags").first().and_then(Node::as_text).unwrap_or("Lainnya");
                let view = OperationView::new(root, method, path, item, operation);
                if let Some(group) = groups.iter_mut().find(|group| group.name == tag) {
                    group.operations.push(view);
                } else {
                    let mut group = Group::new(tag, Vec::new());
                    group.operations.push(view);
                    groups.push(group);
                }
            }
        }
        groups.retain(|group| !group.operations.is_empty());
        let info = root.get("info").unwrap_or(&Node::Null);
        Self {
            title: info.text("title").to_owned(),
            version: info.text("version").to_owned(),
            description: paragraphs(info.text("description")),
            groups,
        }
    }
}

impl Group {
    fn new(name: &str, description: Vec<Paragraph>) -> Self {
        let anchor = name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        Self { name: name.to_owned(), anchor: format!("tag-{anchor}"), description, operations: Vec::new() }
    }
}

impl OperationView {
    fn new(root: &Node, method: &str, path: &str, item: &Node, operation: &Node) -> Self {
        let body = operation.get("requestBody").map(|body| body.resolve(root));
        Self {
            id: operation.text("operationId").to_owned(),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: operation.text("summary").to_owned(),
            description: paragraphs(operation.text("description")),
            callers: operation
                .items("x-callers")
                .iter()
                .filter_map(Node::as_text)
                .map(str::to_owned)
                .collect(),
            parameters: item
                .items("parameters")
                .iter()
                .chain(operation.items("parameters"))
                .map(|parameter| ParameterView::new(root, parameter.resolve(root)))
                .collect(),
            request: body.map(|body| examples(root, body)).unwrap_or_default(),
            responses: operation
                .get("responses")
                .map(Node::entries)
                .unwrap_or_default()
                .iter()
                .map(|(status, response)| {
                    let response = response.resolve(root);
                    ResponseView {
                        status: status.clone(),
                        description: paragraphs(response.text("description")),
                        examples: examples(root, response),
                    }
                })
                .collect(),
        }
    }
}

impl ParameterView {
    fn new(root: &Node, parameter: &Node) -> Self {
        let schema = parameter.get("schema").unwrap_or(&Node::Null).resolve(root);
        let choices: Vec<&str> = schema.items("enum").iter().filter_map(Node::as_text).collect();
        Self {
            name: parameter.text("name").to_owned(),
            place: parameter.text("in").to_owned(),
            required: parameter.get("required") == Some(&Node::Bool(true)),
            kind: if choices.is_empty() { schema.text("type").to_owned() } else { choices.join(" | ") },
            description: paragraphs(parameter.text("description")),
        }
    }
}

/// Every example of a body; a media type without one is still named.
fn examples(root: &Node, body: &Node) -> Vec<ExampleView> {
    let mut out = Vec::new();
    for (content_type, media) in body.get("content").map(Node::entries).unwrap_or_default() {
        let single = media.get("example").map(|example| (String::new(), example.pretty()));
        let named = media.get("examples").map(Node::entries).unwrap_or_default().iter().filter_map(
            |(name, example)| {
                let example = example.resolve(root);
                let name = if example.text("summary").is_empty() { name } else { example.text("summary") };
                Some((name.to_owned(), example.get("value")?.pretty()))
            },
        );
        let mut found: Vec<(String, String)> = single.into_iter().chain(named).collect();
        if found.is_empty() {
            found.push((String::new(), String::new()));
        }
        out.extend(found.into_iter().map(|(name, text)| ExampleView {
            content_type: content_type.clone(),
            name,
            text,
        }));
    }
    out
}

fn paragraphs(text: &str) -> Vec<Paragraph> {
    text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()).map(pieces).collect()
}

/// Code between backticks; outside of it, bold between two asterisks.
fn pieces(paragraph: &str) -> Paragraph {
    let mut pieces = Vec::new();
    for (index, text) in paragraph.split('`').enumerate() {
        if index % 2 == 1 {
            pieces.push(Piece { code: true, bold: false, text: text.to_owned() });
            continue;
        }
        let parts = text.split("**").enumerate();
        pieces.extend(parts.map(|(part, text)| Piece {
            code: false,
            bold: part % 2 == 1,
            text: text.to_owned(),
        }));
    }
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_knows_code_and_bold() {
        let shown: Vec<_> = pieces("**JSON.** Says `a ** b` here.")
            .into_iter()
            .map(|piece| (piece.code, piece.bold, piece.text))
            .collect();
        let expected = [
            (false, true, "JSON."),
            (false, false, " Says "),
            (true, false, "a ** b"),
            (false, false, " here."),
        ];
        assert_eq!(shown, expected.map(|(code, bold, text)| (code, bold, text.to_owned())));
    }
}
