//! Streaming of whole lists, with one page in memory at a time.

use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt, stream};
use kernel::StoreError;
use serde::Serialize;
use std::{future::ready, mem};

/// Rows of a page, and the key of the next one; `None` after the last one.
pub(crate) type KeyedPage<T, K> = (Vec<T>, Option<K>);

/// Pages of a list; the first one is already read.
pub(crate) fn pages<T, K, F, R>(
    first: KeyedPage<T, K>,
    read: F,
) -> impl Stream<Item = Result<Vec<T>, StoreError>>
where
    F: Fn(K) -> R,
    R: Future<Output = Result<KeyedPage<T, K>, StoreError>>,
{
    stream::try_unfold((Some(first), None::<K>, read), |(first, key, read)| async move {
        let (rows, next) = match (first, key) {
            (Some(first), _) => first,
            (None, Some(key)) => read(key).await?,
            (None, None) => return Ok(None),
        };
        Ok(Some((rows, (None, next, read))))
    })
}

/// Success envelope around a list. An error aborts the response, so that clients do not accept a partial list.
pub(crate) fn envelope<T: Serialize>(
    message: &'static str,
    pages: impl Stream<Item = Result<Vec<T>, StoreError>>,
) -> impl Stream<Item = Result<Bytes, StoreError>> {
    let message = serde_json::Value::from(message);
    let head = stream::once(ready(Ok(Bytes::from(format!("{{\"message\":{message},\"data\":[")))));
    let mut first = true;
    let rows = pages.map(move |page| {
        let mut text = String::new();
        for row in page? {
            if !mem::take(&mut first) {
                text.push(',');
            }
            let row = serde_json::to_string(&row).map_err(|error| StoreError::Failed(error.into()))?;
            text.push_str(&row);
        }
        Ok(Bytes::from(text))
    });
    // An empty chunk would end a chunked body.
    let rows = rows.filter(|chunk| ready(chunk.as_ref().map_or(true, |chunk| !chunk.is_empty())));
    head.chain(rows).chain(stream::once(ready(Ok(Bytes::from_static(b"]}")))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers below `below` in pages of three.
    async fn read(below: u32) -> Result<KeyedPage<u32, u32>, StoreError> {
        let rows: Vec<u32> = (0..below).rev().take(3).collect();
        let next = rows.last().copied().filter(|_| rows.len() == 3);
        Ok((rows, next))
    }

    async fn text(first: KeyedPage<u32, u32>) -> String {
        let chunks: Vec<_> = envelope("A \"list\"", pages(first, read)).collect().await;
        let chunks: Vec<Bytes> = chunks.into_iter().map(Result::unwrap).collect();
        assert!(chunks.iter().all(|chunk| !chunk.is_empty()));
        String::from_utf8(chunks.concat()).unwrap()
    }

    #[tokio::test]
    async fn a_list_of_any_length_is_one_json_text() {
        for length in [0, 1, 3, 4, 6, 100] {
            let first = read(length).await.unwrap();
            let json: serde_json::Value = serde_json::from_str(&text(first).await).unwrap();
            let expected: Vec<u32> = (0..length).rev().collect();
            assert_eq!(json, serde_json::json!({ "message": "A \"list\"", "data": expected }));
        }
    }

    #[tokio::test]
    async fn an_error_aborts_the_list() {
        let broken = |_: u32| async { Err(StoreError::Unavailable("gone".into())) };
        let pages = pages((vec![1_u32], Some(1)), broken);
        let chunks: Vec<_> = envelope("", pages).collect().await;
        assert!(chunks.iter().any(Result::is_err));
    }
}
