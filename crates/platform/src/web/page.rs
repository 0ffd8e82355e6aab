//! Cursor pagination: `?cursor=&limit=` in, `items` and `nextCursor` out.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Code, Problem};

const DEFAULT_LIMIT: i64 = 50;
const MAX_LIMIT: i64 = 200;

/// What a client asks of a list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageRequest {
    /// Where the page before ended; absent for the first page.
    pub cursor: Option<String>,
    /// Rows wanted, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

impl PageRequest {
    /// Rows to return.
    pub fn limit(&self) -> i64 {
        self.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT)
    }

    /// The key after which the page begins.
    ///
    /// # Errors
    /// `cursor_invalid` when the cursor is not one that [`Page::cut`] made for this kind of list.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, Problem> {
        self.cursor.as_deref().map(Cursor::decode).transpose()
    }
}

/// The opaque text of a place in a list.
pub struct Cursor;

impl Cursor {
    fn encode<K: Serialize>(key: &K) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
    }

    fn decode<K: DeserializeOwned>(text: &str) -> Result<K, Problem> {
        URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| {
                Problem::new(
                    Code::CursorInvalid,
                    "start again without a cursor, or send the nextCursor of the page before",
                )
            })
    }
}

/// One page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; null on the last one.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Cuts rows fetched with `limit + 1` to a page; `key` names a row's place in the order of the list.
    pub fn cut<K: Serialize>(mut rows: Vec<T>, limit: i64, key: impl Fn(&T) -> K) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = if more {
            rows.last().map(|row| Cursor::encode(&key(row)))
        } else {
            None
        };
        Self {
            items: rows,
            next_cursor,
        }
    }

    /// A page that was put together row by row; `next` is the place in the list where the next one begins.
    pub fn until<K: Serialize>(items: Vec<T>, next: Option<&K>) -> Self {
        Self {
            items,
            next_cursor: next.map(Cursor::encode),
        }
    }

    /// The same page of something made from each row.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(each).collect(),
            next_cursor: self.next_cursor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_of_a_page_names_its_last_row() {
        let page = Page::cut(vec![1, 2, 3], 2, |n| *n);
        assert_eq!(page.items, [1, 2]);
        let next = PageRequest {
            cursor: page.next_cursor,
            limit: None,
        };
        assert_eq!(next.after::<i32>().expect("ours"), Some(2));
        assert!(Page::cut(vec![1, 2], 2, |n| *n).next_cursor.is_none());
    }

    #[test]
    fn a_foreign_cursor_is_refused() {
        let request = PageRequest {
            cursor: Some("!!".into()),
            limit: None,
        };
        let refused = request.after::<i32>().expect_err("not ours");
        assert_eq!(refused.code, Code::CursorInvalid);
    }
}
