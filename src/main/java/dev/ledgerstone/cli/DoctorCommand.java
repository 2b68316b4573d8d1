package dev.ledgerstone.cli;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.RowSecurity;
import dev.ledgerstone.db.migrate.MigrationStatus;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.gateway.CatalogStore;
import dev.ledgerstone.gateway.ProviderProbe;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.settings.Settings;
import dev.ledgerstone.vault.Vault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code doctor}: what a server needs, looked at one by one. */
@Command(
    name = "doctor",
    description = {
      "Looks at what a server needs: files, database, schema, master key, disk, clock, providers.",
      "Changes nothing. Ends with 1 if something would keep a server from working."
    })
final class DoctorCommand implements Callable<Integer> {
  private static final long ENOUGH_BYTES = 1L << 30;
  private static final Duration CLOCKS_APART = Duration.ofSeconds(2);

  private enum State {
    OK,
    NOTE,
    FAULT
  }

  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Main main;

  private final Rows rows = Rows.of("what", "state", "found");
  private boolean isWell = true;

  @Override
  public Integer call() {
    Context context = main.context();
    Settings.strangers(context.environment()).forEach(each -> tell("settings", State.NOTE, each));
    files(context);
    if (context.isThere()) {
      database(context);
    } else {
      tell("database", State.NOTE, "not there yet: the first ledgerstone serve makes it");
    }
    main.print(rows);
    return isWell ? Main.OK : Main.CHECK_FAILED;
  }

  private void tell(String what, State state, String found) {
    rows.add(what, state, found);
    isWell &= state != State.FAULT;
  }

  private void files(Context context) {
    Path data = context.settings().dataDirectory().toAbsolutePath();
    Path nearest = data;
    while (Files.notExists(nearest) && nearest.getParent() != null) {
      nearest = nearest.getParent();
    }
    boolean isThere = nearest.equals(data);
    if (!Files.isDirectory(nearest) || !Files.isWritable(nearest)) {
      tell("data directory", State.FAULT, nearest + " is no folder that can be written");
    } else {
      tell("data directory", State.OK, data + (isThere ? "" : " (will be made)"));
    }
    try {
      long free = Files.getFileStore(nearest).getUsableSpace();
      tell(
          "free disk",
          free < ENOUGH_BYTES ? State.FAULT : State.OK,
          (free >> 20) + " MiB" + (free < ENOUGH_BYTES ? ", less than 1024" : ""));
    } catch (IOException e) {
      tell("free disk", State.NOTE, "cannot be told: " + e.getMessage());
    }
  }

  private void database(Context context) {
    try (Database database = context.open()) {
      tell("database", State.OK, database.engine().title() + " answers");
      clock(database);
      MigrationStatus status = new Migrator(database, Version.text()).check();
      if (!status.isCurrent()) {
        tell(
            "schema",
            State.FAULT,
            status.problems().isEmpty()
                ? "version " + status.current() + " of " + status.head() + ": db upgrade"
                : status.problems().getFirst().detail());
        return;
      }
      tell("schema", State.OK, "version " + status.current() + " of " + status.head());
      rowSecurity(database);
      key(context, database);
    } catch (ProblemException e) {
      tell("database", State.FAULT, e.problem().detail());
    }
  }

  /**
   * Several nodes on one PostgreSQL must agree on the time; SQLite has no other clock than ours.
   */
  private void clock(Database database) {
    Instant now = Instant.now();
    if (database.engine() == Engine.SQLITE) {
      tell("clock", State.OK, now.toString());
      return;
    }
    Instant theirs =
        database.read(
            sql -> sql.fetchSingle("select now()").into(OffsetDateTime.class).toInstant());
    Duration apart = Duration.between(now, theirs).abs();
    tell(
        "clock",
        apart.compareTo(CLOCKS_APART) > 0 ? State.FAULT : State.OK,
        "ours and the database's are " + apart.toMillis() + " ms apart");
  }

  private void rowSecurity(Database database) {
    if (database.engine() == Engine.SQLITE) {
      return;
    }
    List<String> faults = RowSecurity.faults(database);
    faults.forEach(each -> tell("row security", State.NOTE, each));
    if (faults.isEmpty()) {
      tell("row security", State.OK, "holds on every table with a tenant");
    }
  }

  private void key(Context context, Database database) {
    if (!context.hasMasterKey()) {
      tell("master key", State.FAULT, "there is no " + context.settings().masterKey().file());
      return;
    }
    Vault vault = context.vault();
    try {
      vault.verify(database);
      tell("master key", State.OK, "fits the database");
    } catch (ProblemException e) {
      tell("master key", State.FAULT, e.problem().detail());
      return;
    }
    CatalogStore store = new CatalogStore(vault, context.environment());
    ProviderProbe.lacking(database, store)
        .forEach(each -> tell("provider " + each.name(), State.NOTE, each.said()));
  }
}
