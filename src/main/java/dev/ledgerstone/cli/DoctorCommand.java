package dev.ledgerstone.cli;

import static dev.ledgerstone.db.schema.Tables.BUDGET_SLICES;
import static dev.ledgerstone.db.schema.Tables.JOURNALS;
import static dev.ledgerstone.db.schema.Tables.NODES;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.Inspection;
import dev.ledgerstone.db.Inspection.State;
import dev.ledgerstone.db.RowSecurity;
import dev.ledgerstone.db.design.Designs;
import dev.ledgerstone.db.design.MissingIndexes;
import dev.ledgerstone.db.migrate.MigrationSource;
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
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code doctor}: what a server needs, looked at one by one. */
@Command(
    name = "doctor",
    description = {
      "Looks at what a server needs: files and their modes, database, schema, indexes, sizes,"
          + " master key, disk, clock, providers.",
      "Changes nothing. Ends with 1 if something would keep a server from working."
    })
final class DoctorCommand implements Callable<Integer> {
  private static final long ENOUGH_BYTES = 1L << 30;
  /** After which a node is asked about that keeps what others could spend. */
  private static final Duration LONG_SILENT = Duration.ofHours(1);

  private static final Duration CLOCKS_APART = Duration.ofSeconds(2);

  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Main main;

  @Option(
      names = "--deep",
      description = "Compares every index of SQLite with its table too; slow on a large file.")
  private boolean isDeep;

  private final Rows rows = Rows.of("what", "state", "found");
  private boolean isWell = true;

  @Override
  public Integer call() {
    Context context = main.context();
    Settings.strangers(context.environment()).forEach(each -> tell("settings", State.NOTE, each));
    files(context);
    modes(context);
    if (context.isThere()) {
      database(context);
      if (context.engine() == Engine.SQLITE) {
        log(context);
      }
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

  /** What holds keys, and the database, is for the server's own user alone. */
  private void modes(Context context) {
    Path data = context.settings().dataDirectory();
    secret("master key's mode", context.settings().masterKey().file(), State.FAULT);
    secret("owner's key's mode", data.resolve("owner.key"), State.FAULT);
    if (context.engine() == Engine.SQLITE && context.isThere()) {
      secret("database's mode", context.sqliteFile(), State.NOTE);
    }
  }

  private void secret(String what, Path file, State state) {
    if (Files.notExists(file)) {
      return;
    }
    try {
      Set<PosixFilePermission> others = new HashSet<>(Files.getPosixFilePermissions(file));
      others.removeIf(it -> it.name().startsWith("OWNER"));
      // A folder that nobody else may enter keeps its files too.
      Path folder = file.toAbsolutePath().getParent();
      boolean isOpen =
          !others.isEmpty()
              && (folder == null
                  || Files.getPosixFilePermissions(folder).stream()
                      .anyMatch(
                          it -> it.name().endsWith("_EXECUTE") && !it.name().startsWith("OWNER")));
      tell(
          what,
          isOpen ? state : State.OK,
          isOpen ? "others may read it: chmod 600 " + file : "its owner's alone");
    } catch (UnsupportedOperationException e) {
      tell(what, State.NOTE, "this file system has no modes");
    } catch (IOException e) {
      tell(what, State.NOTE, "cannot be told: " + e.getMessage());
    }
  }

  private void log(Context context) {
    Path file = Path.of(context.sqliteFile() + "-wal");
    try {
      Inspection.Finding log = Inspection.log(Files.exists(file) ? Files.size(file) : 0);
      tell(log.what(), log.state(), log.found());
    } catch (IOException e) {
      tell("log", State.NOTE, "cannot be told: " + e.getMessage());
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
      Inspection.of(database, isDeep).forEach(it -> tell(it.what(), it.state(), it.found()));
      List<String> missing = MissingIndexes.of(Designs.of(database, MigrationSource.classpath()));
      missing.forEach(it -> tell("missing index", State.NOTE, it));
      if (missing.isEmpty()) {
        tell("missing indexes", State.OK, "none of a foreign key");
      }
      rowSecurity(database);
      outages(database);
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

  /** What an outage of PostgreSQL could lose, and what one has left behind. */
  private void outages(Database database) {
    if (database.engine() == Engine.SQLITE) {
      return;
    }
    boolean isDurable =
        !"off".equals(database.read(sql -> sql.fetchSingle("show synchronous_commit").get(0)));
    tell(
        "commits",
        isDurable ? State.OK : State.NOTE,
        isDurable
            ? "last a crash of PostgreSQL"
            : "synchronous_commit is off: a crash of PostgreSQL loses lines that it acknowledged");
    database
        .read(
            sql ->
                sql.select(JOURNALS.ID, JOURNALS.NODE_NAME)
                    .from(JOURNALS)
                    .leftJoin(NODES)
                    .on(NODES.ID.eq(JOURNALS.NODE_ID))
                    .where(JOURNALS.ID.in(sql.select(BUDGET_SLICES.JOURNAL_ID).from(BUDGET_SLICES)))
                    .and(
                        NODES
                            .HEARTBEAT_AT
                            .lt(Instant.now().minus(LONG_SILENT))
                            .or(NODES.ID.isNull()))
                    .fetch())
        .forEach(
            journal ->
                tell(
                    "journal",
                    State.NOTE,
                    "%s of %s keeps slices of budgets, and its node is silent: docs/journal.md"
                        .formatted(journal.value1(), journal.value2())));
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
