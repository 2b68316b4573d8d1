package dev.ledgerstone.cli;

import dev.ledgerstone.access.Identity;
import dev.ledgerstone.events.EventFeed;
import dev.ledgerstone.http.ErrorShape;
import dev.ledgerstone.http.RouteGroup;
import dev.ledgerstone.records.BatchRoutes;
import dev.ledgerstone.records.ChangesRoutes;
import dev.ledgerstone.records.HistoryRoutes;
import dev.ledgerstone.records.RecordsRoutes;
import dev.ledgerstone.records.WriteRoutes;
import dev.ledgerstone.records.Writes;
import dev.ledgerstone.records.catalogue.Catalogue;
import dev.ledgerstone.records.query.Reader;
import dev.ledgerstone.records.query.Statements;
import java.time.Clock;

/** Every table, in PostgREST's protocol. */
final class RecordsWiring {
  private RecordsWiring() {}

  static RouteGroup routes(Foundation on, Identity identity, Catalogue catalogue) {
    Statements statements =
        on.add(new Statements(on.database().engine(), on.settings().records().statementTimeout()));
    Reader reader = new Reader(on.database(), on.replicas(), statements);
    Writes writes = on.add(new Writes(on.database(), statements));
    int mostRows = on.settings().records().maxRows();
    int bodyLimit = on.bodyLimit();
    Clock clock = on.clock();
    return RouteGroup.of(
        "/rest/v1",
        ErrorShape.POSTGREST,
        new RecordsRoutes(catalogue, reader, identity, mostRows),
        new BatchRoutes(catalogue, reader, writes, identity, clock, mostRows, bodyLimit),
        new HistoryRoutes(catalogue, reader, identity, mostRows),
        new ChangesRoutes(catalogue, reader, new EventFeed(on.database()), identity, clock),
        new WriteRoutes(catalogue, reader, writes, identity, clock, mostRows, bodyLimit));
  }
}
