//! Which columns hold sealed values. Every wing names its own, so that a rotation reaches all of them.

use futures::future::BoxFuture;

use crate::db::{Db, Tx};

/// A value as it is stored.
#[derive(Clone, Debug)]
pub struct SealedValue {
    /// Id of the row, as it stands in the [`Place`](super::Place) of the value.
    pub row: String,
    /// `v1|key id|nonce|ciphertext`
    pub sealed: String,
}

/// A column whose values are sealed. Declared by [`sealed_column!`](crate::sealed_column).
pub trait SealedColumn: Send + Sync {
    /// The table, as it stands in the place of the values.
    fn table(&self) -> &'static str;

    /// The column, as it stands in the place of the values.
    fn column(&self) -> &'static str;

    /// At most `limit` values that don't look like `pattern` (SQL `LIKE`), in rows after `after`, in their order.
    fn unlike<'a>(
        &'a self,
        db: &'a Db,
        pattern: &'a str,
        after: Option<&'a str>,
        limit: i64,
    ) -> BoxFuture<'a, sqlx::Result<Vec<SealedValue>>>;

    /// How many values look like `pattern`.
    fn count<'a>(&'a self, db: &'a Db, pattern: &'a str) -> BoxFuture<'a, sqlx::Result<i64>>;

    /// Puts `new` in the place of a value; `false` when somebody has changed it since.
    fn replace<'a>(
        &'a self,
        tx: &'a mut Tx,
        value: &'a SealedValue,
        new: &'a str,
    ) -> BoxFuture<'a, sqlx::Result<bool>>;
}

/// Declares a [`SealedColumn`] with its three statements, in the store of the wing:
///
/// - `unlike`: id and value of rows whose value is `NOT LIKE $1`, with an id after `$2` (a null for the first), in the
///   order of their ids, `$3` at most;
/// - `count`: how many values are `LIKE $1`;
/// - `replace`: sets the value to `$3` where the id is `$1` and the value is `$2`.
#[macro_export]
macro_rules! sealed_column {
    (
        $(#[$doc:meta])*
        $vis:vis struct $name:ident of $id:ty, $table:literal, $column:literal;
        unlike: $unlike:literal;
        count: $count:literal;
        replace: $replace:literal;
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        $vis struct $name;

        impl $crate::crypto::SealedColumn for $name {
            fn table(&self) -> &'static str {
                $table
            }

            fn column(&self) -> &'static str {
                $column
            }

            fn unlike<'a>(
                &'a self,
                db: &'a $crate::db::Db,
                pattern: &'a str,
                after: Option<&'a str>,
                limit: i64,
            ) -> $crate::BoxFuture<'a, $crate::sqlx::Result<Vec<$crate::crypto::SealedValue>>> {
                Box::pin(async move {
                    let after = after.map($crate::crypto::row_id::<$id>).transpose()?;
                    let rows = $crate::query!(db, fetch_all, ($id, String), $unlike, pattern, after, limit)?;
                    Ok(rows
                        .into_iter()
                        .map(|(row, sealed)| $crate::crypto::SealedValue { row: row.to_string(), sealed })
                        .collect())
                })
            }

            fn count<'a>(
                &'a self,
                db: &'a $crate::db::Db,
                pattern: &'a str,
            ) -> $crate::BoxFuture<'a, $crate::sqlx::Result<i64>> {
                Box::pin(async move { $crate::scalar!(db, fetch_one, i64, $count, pattern) })
            }

            fn replace<'a>(
                &'a self,
                tx: &'a mut $crate::db::Tx,
                value: &'a $crate::crypto::SealedValue,
                new: &'a str,
            ) -> $crate::BoxFuture<'a, $crate::sqlx::Result<bool>> {
                Box::pin(async move {
                    let row = $crate::crypto::row_id::<$id>(&value.row)?;
                    let old = value.sealed.as_str();
                    Ok($crate::query!(tx, execute, $replace, row, old, new)? == 1)
                })
            }
        }
    };
}

/// The id of a row from its text.
#[doc(hidden)]
pub fn row_id<T: std::str::FromStr>(text: &str) -> sqlx::Result<T> {
    text.parse()
        .map_err(|_| sqlx::Error::Decode(format!("{text:?} is no id of a row").into()))
}
