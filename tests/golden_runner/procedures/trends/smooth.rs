use super::arguments::Arguments;
use serde_json::Value;
pub fn run(_: &str, _: &Arguments) -> Option<Result<Value, String>> {
    None
}
