package dev.ledgerstone.ops;

import static dev.ledgerstone.db.schema.Tables.AUDIT_SEALS;

import dev.ledgerstone.audit.Sealer;
import dev.ledgerstone.db.Partitions;
import dev.ledgerstone.problem.RequestProblem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.impl.DSL;

/** Rows that stand for themselves, and those of the audit log, which its seals prove. */
final class RowPass {
  private final Pass pass;
  private final Partitions partitions;
  private final Sealer sealer;

  RowPass(Pass pass, Partitions partitions, Sealer sealer) {
    this.pass = pass;
    this.partitions = partitions;
    this.sealer = sealer;
  }

  /** Lets old rows go, to the archive first where there is one. */
  void run() {
    Keeping keeping = pass.keeping();
    if (keeping.isSealed()) {
      pass.database()
          .write(
              sql -> {
                sealer.archivedBefore(
                    sql, Keeping.whose(AUDIT_SEALS.TENANT_ID, pass.policy()), pass.cutoff());
                return null;
              });
    } else if (pass.policy().isOfAll()) {
      for (String part : partitions.ended(keeping.table().getName(), pass.cutoff())) {
        pass.batch(sql -> drop(sql, part));
      }
    }
    // One pass over the table, whatever its indexes; what it finds goes batch by batch.
    Archive archive = pass.archive();
    stream(
        batch -> {
          if (archive != null) {
            archive.add(batch);
          }
          pass.batch(
              sql -> sql.deleteFrom(keeping.table()).where(keeping.key().in(ids(batch))).execute());
        });
    if (keeping.isSealed()) {
      // What was sealed late is in its part until its own time has come.
      for (String part : partitions.ended(keeping.table().getName(), pass.cutoff())) {
        pass.batch(sql -> partitions.dropIfEmpty(sql, keeping.table().getName(), part));
      }
    }
  }

  private int drop(DSLContext sql, String part) {
    var table = DSL.table(DSL.name(part));
    partitions.still(sql, part);
    int count = sql.fetchCount(table);
    Archive archive = pass.archive();
    if (archive != null) {
      each(
          sql.select(pass.keeping().table().fields()).from(table.as(pass.keeping().table())),
          archive::add);
    }
    partitions.drop(sql, pass.keeping().table().getName(), part);
    return count;
  }

  /** Empties the personal columns of old rows. */
  void anonymize() {
    List<Field<?>> personal = pass.keeping().personal();
    if (personal.isEmpty()) {
      throw new RequestProblem.Invalid(
              "tables",
              pass.policy().table() + " has no personal columns that may be empty",
              "DELETE or ARCHIVE its rows")
          .exception();
    }
    Map<Field<?>, Object> empty = new HashMap<>();
    personal.forEach(it -> empty.put(it, DSL.inline((Object) null, it.getDataType())));
    stream(
        batch ->
            pass.batch(
                sql ->
                    sql.update(pass.keeping().table())
                        .set(empty)
                        .where(pass.keeping().key().in(ids(batch)))
                        .and(DSL.or(personal.stream().map(Field::isNotNull).toList()))
                        .execute()));
  }

  private void stream(Consumer<List<Record>> take) {
    Keeping keeping = pass.keeping();
    List<Field<?>> fields =
        pass.archive() == null ? List.of(keeping.key()) : List.of(keeping.table().fields());
    pass.database()
        .<Integer>readSnapshot(
            sql -> {
              each(
                  sql.select(fields)
                      .from(keeping.table())
                      .where(keeping.old(pass.cutoff(), pass.policy())),
                  take);
              return 0;
            });
  }

  private static void each(ResultQuery<? extends Record> question, Consumer<List<Record>> take) {
    try (Cursor<? extends Record> cursor = question.fetchSize(Retention.BATCH).fetchLazy()) {
      List<Record> batch = new ArrayList<>(cursor.fetchNext(Retention.BATCH));
      while (!batch.isEmpty()) {
        take.accept(batch);
        batch = new ArrayList<>(cursor.fetchNext(Retention.BATCH));
      }
    }
  }

  private List<UUID> ids(List<Record> batch) {
    return batch.stream().map(it -> it.get(pass.keeping().key())).toList();
  }
}
