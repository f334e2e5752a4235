use super::{Joined, views};
use crate::{
    batch::Column,
    error::driver_error,
    hot::HotConnection,
    rows::{EventRow, InvoiceRow, PaymentRow, RowReader, TicketRow},
};
use box_office::TicketView;
use kernel::{Page, StoreError, TicketId, UserId};
use tokio_postgres::{Row, Statement};

/// Loads pages of several users' tickets in one statement.
pub(super) async fn tickets_of(
    connection: &HotConnection,
    requested: &[(UserId, Page)],
) -> Result<Vec<Vec<TicketView>>, StoreError> {
    let users: Vec<_> = requested.iter().map(|(user, _)| user.get()).collect();
    let limits: Vec<_> = requested.iter().map(|(_, page)| i64::from(page.limit())).collect();
    let offsets: Vec<_> = requested.iter().map(|(_, page)| i64::from(page.offset())).collect();
    let columns: [&Column; 3] = [&users, &limits, &offsets];
    pages(connection, &connection.statements.tickets_of, &columns, requested.len()).await
}

/// Loads tickets by id in one statement.
pub(super) async fn tickets_by_id(
    connection: &HotConnection,
    requested: &[TicketId],
) -> Result<Vec<Option<TicketView>>, StoreError> {
    let ids: Vec<_> = requested.iter().map(|id| id.get()).collect();
    let statement = &connection.statements.tickets_by_id;
    let pages = pages(connection, statement, &[&ids], requested.len()).await?;
    Ok(pages.into_iter().map(|mut page| page.pop()).collect())
}

/// Groups rows by request; one page per request.
async fn pages(
    connection: &HotConnection,
    statement: &Statement,
    columns: &[&Column<'_>],
    requested: usize,
) -> Result<Vec<Vec<TicketView>>, StoreError> {
    let rows = connection.client.query(statement, columns).await.map_err(driver_error)?;
    let mut rows = rows.iter().map(read).peekable();
    let mut pages = Vec::with_capacity(requested);
    for number in (1_i64..).take(requested) {
        let mut page = Vec::new();
        while let Some(row) = rows.next_if(|row| !matches!(row, Ok((of, _)) if *of != number)) {
            page.push(row.map_err(driver_error)?.1);
        }
        pages.push(views(page)?);
    }
    Ok(pages)
}

/// Reads the request's 1-based position and the joined row.
fn read(row: &Row) -> Result<(i64, Joined), tokio_postgres::Error> {
    let reader = &mut RowReader::of(row);
    let number = reader.next()?;
    let (ticket, event) = (TicketRow::read(reader)?, EventRow::read(reader)?);
    if reader.is_null()? {
        return Ok((number, (ticket, event, None, None)));
    }
    let payment = PaymentRow::read(reader)?;
    let invoice = if reader.is_null()? { None } else { Some(InvoiceRow::read(reader)?) };
    Ok((number, (ticket, event, Some(payment), invoice)))
}
