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

/// Pages of people's tickets, all in one statement.
pub(super) async fn tickets_of(
    connection: &HotConnection,
    asked: &[(UserId, Page)],
) -> Result<Vec<Vec<TicketView>>, StoreError> {
    let users: Vec<_> = asked.iter().map(|(user, _)| user.get()).collect();
    let limits: Vec<_> = asked.iter().map(|(_, page)| i64::from(page.limit())).collect();
    let offsets: Vec<_> = asked.iter().map(|(_, page)| i64::from(page.offset())).collect();
    let columns: [&Column; 3] = [&users, &limits, &offsets];
    pages(connection, &connection.statements.tickets_of, &columns, asked.len()).await
}

/// Tickets by number, all in one statement.
pub(super) async fn tickets_by_id(
    connection: &HotConnection,
    asked: &[TicketId],
) -> Result<Vec<Option<TicketView>>, StoreError> {
    let ids: Vec<_> = asked.iter().map(|id| id.get()).collect();
    let statement = &connection.statements.tickets_by_id;
    let pages = pages(connection, statement, &[&ids], asked.len()).await?;
    Ok(pages.into_iter().map(|mut page| page.pop()).collect())
}

/// One page for each that is asked for.
async fn pages(
    connection: &HotConnection,
    statement: &Statement,
    columns: &[&Column<'_>],
    asked: usize,
) -> Result<Vec<Vec<TicketView>>, StoreError> {
    let rows = connection.client.query(statement, columns).await.map_err(driver_error)?;
    let mut rows = rows.iter().map(read).peekable();
    let mut pages = Vec::with_capacity(asked);
    for number in (1_i64..).take(asked) {
        let mut page = Vec::new();
        while let Some(row) = rows.next_if(|row| !matches!(row, Ok((of, _)) if *of != number)) {
            page.push(row.map_err(driver_error)?.1);
        }
        pages.push(views(page)?);
    }
    Ok(pages)
}

/// Which of those asked for, counted from one, and what was found.
fn read(row: &Row) -> Result<(i64, Joined), tokio_postgres::Error> {
    let cells = &mut RowReader::of(row);
    let number = cells.next()?;
    let (ticket, event) = (TicketRow::read(cells)?, EventRow::read(cells)?);
    if cells.is_null()? {
        return Ok((number, (ticket, event, None, None)));
    }
    let payment = PaymentRow::read(cells)?;
    let invoice = if cells.is_null()? { None } else { Some(InvoiceRow::read(cells)?) };
    Ok((number, (ticket, event, Some(payment), invoice)))
}
