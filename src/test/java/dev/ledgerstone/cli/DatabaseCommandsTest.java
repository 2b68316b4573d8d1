package dev.ledgerstone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.migrate.MigrationSource;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.vault.Vault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Work on a schema as people do it, on a database of each engine. */
@ParameterizedClass
@EnumSource(Engine.class)
class DatabaseCommandsTest {
  private static final String FIRST =
      """
      -- The first.
      -- @up
      create table pets (
        id uuid not null primary key,
        name varchar not null
      );
      comment on table pets is 'Animals [zoo]';
      -- @down
      drop table pets;
      -- @end
      """;

  @TempDir Path folder;

  private final Engine engine;

  DatabaseCommandsTest(Engine engine) {
    this.engine = engine;
  }

  private Told on(Database target, String... args) {
    List<String> all = new ArrayList<>(Arrays.asList(args));
    all.addAll(
        List.of("--database", TestDatabases.url(target), "--data", folder.toString(), "--debug"));
    return Told.by(Map.of(), all.toArray(String[]::new));
  }

  @Test
  void aChangeIsDeclaredAndItsMigrationWritten() throws IOException {
    Database database = TestDatabases.empty(engine);
    Path migrations = Files.createDirectory(folder.resolve("migrations"));
    Files.writeString(migrations.resolve("0001_pets.sql"), FIRST);
    new Migrator(database, MigrationSource.directory(migrations), _ -> {}, "test").upgrade("head");
    String[] where = {"--directory", migrations.toString()};
    Path schema = folder.resolve("schema.sql");
    String printed = on(database, "db", "schema", where[0], where[1]).out();
    Files.writeString(schema, printed);
    String[] generate = {
      "db",
      "revision",
      "-m",
      "Colours",
      "--autogenerate",
      "--schema",
      schema.toString(),
      where[0],
      where[1]
    };

    assertThat(on(database, generate).out()).contains("no migration is needed");

    Files.writeString(
        schema,
        printed.replace("name varchar not null", "name varchar not null,\n  colour varchar")
            + "create index pets_colour_idx on pets (colour);\n");
    Told told = on(database, generate);

    assertThat(told.code()).as(told.err()).isZero();
    assertThat(migrations.resolve("0002_colours.sql"))
        .content()
        .contains(
            "-- Colours\n",
            "alter table pets add column colour varchar;\n",
            "create index pets_colour_idx on pets (colour);\n",
            "drop index pets_colour_idx;\n",
            "alter table pets drop column colour;\n");
    Told check = on(database, "db", "check", where[0], where[1]);
    assertThat(check.code()).isEqualTo(Main.CHECK_FAILED);
    assertThat(check.out()).contains("pending", "0002_colours", "index-not-concurrent");
    assertThat(on(database, generate).err()).contains("already");
  }

  @Test
  void aDatabaseThatIsBehindGetsNoRevision() throws IOException {
    Path migrations = Files.createDirectory(folder.resolve("migrations"));
    Files.writeString(migrations.resolve("0001_pets.sql"), FIRST);

    Told told =
        on(
            TestDatabases.empty(engine),
            "db",
            "revision",
            "-m",
            "x",
            "--autogenerate",
            "--schema",
            "x.sql",
            "--directory",
            migrations.toString());

    assertThat(told.code()).isEqualTo(Main.PROBLEM);
    assertThat(told.err()).contains("the database is at version 0 of 1");
  }

  @Test
  void handsThatChangedADatabaseAreFound() {
    Database database = TestDatabases.fresh(engine);
    assertThat(on(database, "db", "check").code()).isZero();
    database.<Integer>write(sql -> sql.execute("create table by_hand (id integer)"));

    Told told = on(database, "db", "check", "--output", "json");

    assertThat(told.code()).isEqualTo(Main.CHECK_FAILED);
    assertThat(told.json().findValuesAsText("what")).contains("table by_hand");
    assertThat(told.json().findValuesAsText("state")).contains("EXTRA");
  }

  @Test
  void itIsMaintainedAndDrawn() {
    Database database = TestDatabases.fresh(engine);

    assertThat(on(database, "db", "maintain").out()).contains("analyze").doesNotContain("reindex");
    assertThat(on(database, "db", "erd", "--feature", "ledger").out())
        .startsWith("erDiagram")
        .contains("budgets ||--o{ budget_periods");
    assertThat(on(database, "db", "erd", "--feature", "ledger", "--format", "svg").out())
        .startsWith("<svg ");
    assertThat(on(database, "db", "erd", "--feature", "nothing").err())
        .contains("features are: audit");
  }

  @Test
  void retentionTellsWhatItWouldDoAndDoesIt() {
    Database database = TestDatabases.fresh(engine);
    Seed.all(database, folder, Instant.now());
    Vault.ofFile(folder.resolve("master.key")); // as a server of this folder has made it

    Told dry = on(database, "retention", "run", "--dry-run", "--output", "json");
    assertThat(dry.code()).as(dry.err()).isZero();
    assertThat(dry.json().findValuesAsText("state")).containsOnly("WOULD");
    assertThat(dry.json().findValuesAsText("table")).contains("metrics", "job_attempts");

    Told told = on(database, "retention", "run");
    assertThat(told.code()).as(told.out()).isZero();
    assertThat(told.out()).contains("COMPLETED");
    Integer runs = database.read(sql -> sql.fetch("select id from retention_runs").size());
    assertThat(runs).isEqualTo(dry.json().size());
  }

  @Test
  void theDoctorSeesAKeyThatOthersCanRead() throws IOException {
    Database database = TestDatabases.fresh(engine);
    Path data = Files.createDirectory(folder.resolve("open"));
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
    Seed.all(database, data, Instant.now());
    Path key = data.resolve("owner.key");

    assertThat(doctor(database, data).out()).containsPattern("owner's key's mode +OK");

    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    Told told = doctor(database, data);

    assertThat(told.out()).containsPattern("owner's key's mode +FAULT").contains("chmod 600");
    assertThat(told.out()).containsPattern("missing indexes +OK").containsPattern("integrity +OK");
    assertThat(told.code()).isEqualTo(Main.CHECK_FAILED);
  }

  private static Told doctor(Database database, Path data) {
    return Told.by(
        Map.of(), "doctor", "--database", TestDatabases.url(database), "--data", data.toString());
  }
}
