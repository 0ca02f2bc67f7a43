//! Strict reading of JSON bodies, path parameters and queries; every fault becomes a problem.

use actix_web::dev::Payload;
use actix_web::error::{PathError, QueryPayloadError};
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Data, PathConfig, QueryConfig};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use super::Frame;
use super::pages::frame::{PageError, reads_pages};
use super::problem::{self, ApiError, Problem};

/// A JSON body, read with a size limit. Faults name the field by JSON pointer.
///
/// Unknown fields are refused by the DTOs themselves (`deny_unknown_fields`).
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit =
            request.app_data::<Data<Frame>>().map_or(Frame::DEFAULT_JSON_BYTES, |frame| frame.json_max_bytes);
        let is_json = is_json(request);
        let mut payload = payload.take();
        Box::pin(async move {
            if !is_json {
                return Err(problem::wrong_content_type("application/json").into());
            }
            let mut body = web::BytesMut::new();
            while let Some(piece) = payload.next().await {
                let piece = piece.map_err(|_| problem::unreadable_request())?;
                if body.len() + piece.len() > limit {
                    return Err(problem::too_large(limit).into());
                }
                body.extend_from_slice(&piece);
            }
            Ok(Self(read(&body)?))
        })
    }
}

fn is_json(request: &HttpRequest) -> bool {
    request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// Reads one JSON object and nothing after it.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    // serde would read a list into a struct by position; the contract knows objects only.
    if body.trim_ascii_start().starts_with(b"[") {
        return Err(problem::wrong_shape("", "wrong_type", "Isi harus berupa objek JSON.").into());
    }
    // serde checks only the texts that it keeps, and JSON is UTF-8 throughout.
    let text = std::str::from_utf8(body).map_err(|error| broken_at(&body[..error.valid_up_to()]))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        // A field of the wrong shape may stand before the place where the JSON breaks: breaking goes first.
        match serde_json::from_str::<IgnoredAny>(text) {
            Ok(IgnoredAny) => shape_problem(&pointer(error.path()), error.inner()),
            Err(broken) => problem::broken_json(broken.line(), broken.column()),
        }
    })?;
    deserializer.end().map_err(|error| problem::broken_json(error.line(), error.column()))?;
    Ok(value)
}

/// JSON that breaks after these bytes.
fn broken_at(good: &[u8]) -> Problem {
    let lines = good.split(|byte| *byte == b'\n');
    let column = lines.clone().next_back().map_or(0, <[u8]>::len) + 1;
    problem::broken_json(lines.count(), column)
}

fn shape_problem(pointer: &str, error: &serde_json::Error) -> Problem {
    match error.classify() {
        Category::Syntax | Category::Eof | Category::Io => problem::broken_json(error.line(), error.column()),
        Category::Data => {
            // serde's own words may quote the value, and values may be secrets: only the kind of fault goes on, with
            // the field's name where the text between the first back-ticks is a name and not a value.
            let text = error.to_string();
            let field = text.split('`').nth(1).unwrap_or_default();
            if text.starts_with("missing field") {
                problem::wrong_shape(child(pointer, field), "required", "Isian ini wajib ada.")
            } else if text.starts_with("unknown field") {
                let at = if pointer.ends_with(&format!("/{}", escape(field))) {
                    pointer.to_owned()
                } else {
                    child(pointer, field)
                };
                problem::wrong_shape(at, "unknown_field", "Isian ini tidak dikenal.")
            } else if text.starts_with("duplicate field") {
                problem::wrong_shape(pointer, "duplicate_field", "Isian ini ditulis dua kali.")
            } else if text.starts_with("unknown variant") {
                problem::wrong_shape(pointer, "unknown_value", "Nilai ini tidak termasuk pilihan yang ada.")
            } else if text.starts_with("invalid type") {
                problem::wrong_shape(pointer, "wrong_type", "Jenis nilai ini tidak sesuai.")
            } else {
                problem::wrong_shape(pointer, "invalid", "Nilai ini tidak dapat dibaca.")
            }
        }
    }
}

fn child(pointer: &str, field: &str) -> String {
    format!("{pointer}/{}", escape(field))
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn pointer(path: &Path) -> String {
    let mut out = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                out.push('/');
                out.push_str(&index.to_string());
            }
            Segment::Map { key } => {
                out.push('/');
                out.push_str(&escape(key));
            }
            // The variant of an enum and a place that is not known are no steps in the JSON text.
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    out
}

/// Whether the address is one of a page, and a person opens it: then what is wrong with it is told by a page.
fn is_of_a_page(request: &HttpRequest) -> bool {
    !request.path().starts_with("/api/") && reads_pages(request)
}

/// A path parameter of the wrong shape is a path that does not exist.
pub fn path_config() -> PathConfig {
    PathConfig::default().error_handler(|_: PathError, request| {
        if is_of_a_page(request) {
            PageError::Unknown.into()
        } else {
            ApiError::from(problem::unknown_path()).into()
        }
    })
}

/// A query that cannot be read names its parameter where serde does. Of a page it is an address that does not exist.
pub fn query_config() -> QueryConfig {
    QueryConfig::default().error_handler(|error: QueryPayloadError, request| {
        if is_of_a_page(request) {
            return PageError::Unknown.into();
        }
        let text = error.to_string();
        let field = ["missing field `", "unknown field `", "duplicate field `"]
            .iter()
            .find_map(|lead| text.split_once(lead))
            .and_then(|(_, rest)| rest.split('`').next());
        let pointer = field.map_or_else(String::new, |field| format!("/{}", escape(field)));
        ApiError::from(problem::bad_query(pointer, "Parameter ini kurang, tidak dikenal, atau salah bentuk."))
            .into()
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Letter {
        #[expect(dead_code, reason = "only its reading is tested")]
        signer: Signer,
        #[expect(dead_code, reason = "only its reading is tested")]
        pages: Vec<u8>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Signer {
        #[expect(dead_code, reason = "only its reading is tested")]
        name: String,
    }

    fn refusal(body: &str) -> (u16, Value) {
        let problem = read::<Letter>(body.as_bytes()).unwrap_err();
        let response = problem.problem().response();
        let status = response.status().as_u16();
        let body = actix_web::body::MessageBody::try_into_bytes(response.into_body()).unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[test]
    fn a_fault_points_to_its_field() {
        for (body, pointer, code) in [
            (r#"{"signer":{"name":"A"}}"#, "/pages", "required"),
            (r#"{"signer":{},"pages":[]}"#, "/signer/name", "required"),
            (r#"{"signer":{"name":7},"pages":[]}"#, "/signer/name", "wrong_type"),
            (r#"{"signer":{"name":"A","x/y":1},"pages":[]}"#, "/signer/x~1y", "unknown_field"),
            (r#"{"signer":{"name":"A"},"pages":[1,"two"]}"#, "/pages/1", "wrong_type"),
            (r#"{"signer":{"name":"A"},"pages":[300]}"#, "/pages/0", "invalid"),
            ("[1]", "", "wrong_type"),
            ("\"text\"", "", "wrong_type"),
        ] {
            let (status, problem) = refusal(body);
            assert_eq!(status, 422, "{body}");
            assert_eq!(problem["type"], "/problems/invalid");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
            assert_eq!(problem["errors"][0]["code"], code, "{body}: {problem}");
        }
    }

    #[test]
    fn broken_json_names_line_and_column() {
        for body in ["", "{", "{\"signer\":\n  nul}", r#"{"signer":{"name":"A"},"pages":[]} {}"#] {
            let (status, problem) = refusal(body);
            assert_eq!(status, 400, "{body}");
            assert_eq!(problem["type"], "/problems/malformed");
            assert!(problem["line"].is_u64() && problem["column"].is_u64());
        }
    }

    #[test]
    fn a_problem_never_repeats_the_value() {
        let (_, problem) = refusal(r#"{"signer":"plantedSecret7","pages":[]}"#);

        assert!(!problem.to_string().contains("plantedSecret7"));
    }
}
