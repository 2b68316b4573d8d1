package dev.ledgerstone.ops;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.Partitions;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.ledger.PastLines;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * Lines of the ledger, which prove the sums: those of slices of them are carried over in the
 * transaction in which a slice goes. A part of the table whose lines go all is folded and dropped
 * in one transaction.
 *
 * <p>Killed at any moment, each line either is there or is in the carried sums.
 */
final class LinePass {
  /** Lines of a slice: on SQLite no call is written while it goes. */
  static final int SLICE = 500;

  private static final String TABLE = AI_REQUESTS.getName();
  private static final UUID BEGIN = Ids.lowest(Instant.EPOCH);

  private final Pass pass;
  private final Partitions partitions;
  private final PastLines lines = new PastLines();

  LinePass(Pass pass, Partitions partitions) {
    this.pass = pass;
    this.partitions = partitions;
  }

  void run() {
    if (pass.policy().isOfAll()) {
      for (String part : partitions.ended(TABLE, pass.cutoff())) {
        pass.batch(sql -> drop(sql, part));
      }
    }
    slices();
    for (String part : partitions.ended(TABLE, pass.cutoff())) {
      pass.batch(sql -> partitions.dropIfEmpty(sql, TABLE, part));
    }
  }

  /** Drops a part; not one with a line that must stay, whose others go in slices. */
  private int drop(DSLContext sql, String part) {
    partitions.still(sql, part);
    var table = DSL.table(DSL.name(part)).as(AI_REQUESTS);
    List<UUID> stay = Horizons.behind(sql, TABLE, pass.cutoff());
    if (sql.fetchExists(
        table, AI_REQUESTS.FINISHED_AT.isNull().or(AI_REQUESTS.TENANT_ID.in(stay)))) {
      return 0;
    }
    PastLines.Leaving all = lines.read(sql, part, AI_REQUESTS.ID.ge(BEGIN), Retention.BATCH);
    archive(sql, all);
    UUID after = all.last();
    while (after != null) {
      PastLines.Leaving slice = lines.read(sql, part, AI_REQUESTS.ID.gt(after), Retention.BATCH);
      archive(sql, slice);
      all.add(slice);
      after = slice.last();
    }
    lines.letGoWithTheirPart(sql, all, pass.now());
    partitions.drop(sql, TABLE, part);
    return Math.toIntExact(all.count());
  }

  private void slices() {
    UUID after = BEGIN;
    while (after != null) {
      after = slice(after);
    }
  }

  /**
   * Lets the next lines go.
   *
   * @return the last one of them; null: there are no more
   */
  private @Nullable UUID slice(UUID after) {
    // In one snapshot: a tenant that was just imported is in both questions or in none.
    PastLines.Leaving slice =
        pass.database()
            .readSnapshot(
                sql -> {
                  List<UUID> stay = Horizons.behind(sql, TABLE, pass.cutoff());
                  PastLines.Leaving read =
                      lines.read(
                          sql,
                          TABLE,
                          pass.keeping()
                              .old(pass.cutoff(), pass.policy())
                              .and(AI_REQUESTS.TENANT_ID.notIn(stay))
                              .and(AI_REQUESTS.ID.gt(after)),
                          SLICE);
                  archive(sql, read);
                  return read;
                });
    UUID last = slice.last();
    if (last == null) {
      return null;
    }
    try {
      pass.batch(
          sql -> {
            lines.letGo(sql, slice, pass.now());
            return Math.toIntExact(slice.count());
          });
      return last;
    } catch (PastLines.Overtaken _) {
      return after; // another policy's run had some of them: they are not read again
    }
  }

  /** Lines as the API shows them, with the feedback and the scores that hang on each. */
  private void archive(DSLContext sql, PastLines.Leaving leaving) {
    Archive archive = pass.archive();
    if (archive == null) {
      return;
    }
    Dialect dialect = Dialect.of(sql);
    leaving
        .ids()
        .forEach(
            (tenant, ids) -> {
              Map<String, Map<UUID, List<Record>>> hanging = new HashMap<>();
              for (PastLines.Hanging each : PastLines.HANGING) {
                if (each.isArchived()) {
                  hanging.put(each.table().getName(), hanging(sql, each, tenant, ids));
                }
              }
              archive.add(
                  sql.selectFrom(AI_REQUESTS)
                      .where(AI_REQUESTS.TENANT_ID.eq(tenant))
                      .and(dialect.isAmong(AI_REQUESTS.ID, ids))
                      .orderBy(AI_REQUESTS.ID)
                      .fetch(),
                  (json, line) -> {
                    for (Map.Entry<String, Map<UUID, List<Record>>> each : hanging.entrySet()) {
                      List<Record> rows = each.getValue().get(line.get(AI_REQUESTS.ID));
                      if (rows != null) {
                        json.writeArrayFieldStart(each.getKey());
                        for (Record row : rows) {
                          json.writeStartObject();
                          Rows.fields(json, row);
                          json.writeEndObject();
                        }
                        json.writeEndArray();
                      }
                    }
                  });
            });
  }

  private static Map<UUID, List<Record>> hanging(
      DSLContext sql, PastLines.Hanging from, UUID tenant, List<UUID> lines) {
    Map<UUID, List<Record>> rows = new HashMap<>();
    sql.selectFrom(from.table())
        .where(from.tenant().eq(tenant))
        .and(Dialect.of(sql).isAmong(from.request(), lines))
        .forEach(
            row -> rows.computeIfAbsent(row.get(from.request()), _ -> new ArrayList<>()).add(row));
    return rows;
  }
}
