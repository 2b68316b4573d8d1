package dev.ledgerstone.ops.archive;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;
import static dev.ledgerstone.db.schema.Tables.EVENT_COLLECTIONS;
import static dev.ledgerstone.db.schema.Tables.EVENT_RECORDS;
import static dev.ledgerstone.db.schema.Tables.INVENTORY;
import static dev.ledgerstone.db.schema.Tables.REVISIONS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static dev.ledgerstone.db.schema.Tables.USERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Sealer;
import dev.ledgerstone.audit.Verification;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.SampleRows;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.schema.tables.records.EventRecordsRecord;
import dev.ledgerstone.db.schema.tables.records.TenantsRecord;
import dev.ledgerstone.ledger.BroughtLine;
import dev.ledgerstone.ledger.BroughtLines;
import dev.ledgerstone.ledger.PriceCatalogue;
import dev.ledgerstone.ledger.PriceStore;
import dev.ledgerstone.ledger.Reconciliation;
import dev.ledgerstone.ops.Policies;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.sample.SampleTenant;
import dev.ledgerstone.testkit.OldCalls;
import dev.ledgerstone.testkit.People;
import dev.ledgerstone.vault.Vault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What goes into an archive comes out of it, on whichever engine. */
@ParameterizedClass
@EnumSource(Engine.class)
class BackupTest {
  private static final String VERSION = "test";
  private static final String NASTY = "a\tb\\c\nd\r\\N \"quoted\" {é} 🪙  ";

  @TempDir private Path folder;
  private final Engine engine;
  private final Database source;

  BackupTest(Engine engine) {
    this.engine = engine;
    source = TestDatabases.fresh(engine);
  }

  private Path backup(Database database, String name) {
    Path file = folder.resolve(name);
    new Backup(database, Clock.systemUTC(), VERSION, Watcher.nobody()).write(file, null);
    return file;
  }

  private Restore restore(Path archive) {
    return new Restore(archive, null, VERSION, Watcher.nobody());
  }

  private Proof.Report prove(Path archive) {
    return Proof.run(archive, null, folder, VERSION, Watcher.nobody());
  }

  /** A database of an engine with what an archive holds. */
  private Database restored(Path archive, Engine into) {
    return switch (into) {
      case SQLITE -> {
        Path file = folder.resolve(archive.getFileName() + ".db");
        restore(archive).intoSqlite(file, false);
        yield Database.open(DatabaseSettings.sqlite(file));
      }
      case POSTGRES -> {
        Database empty = TestDatabases.empty(Engine.POSTGRES);
        restore(archive).intoPostgres(empty, false);
        yield empty;
      }
    };
  }

  /** The digest of each table that has rows. */
  private static Map<String, String> digests(Database database) {
    Map<String, String> digests = new TreeMap<>();
    database.snapshot(
        connection -> {
          for (Shape shape : Shape.all()) {
            RowDigest digest = new RowDigest(shape);
            try {
              new RowSource(connection, database.dialect(), null).read(shape, digest::add);
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
            digests.put(shape.name(), digest.toString());
          }
          return null;
        });
    return digests;
  }

  private void oneRowInEveryTable() {
    database(
        sql -> {
          SampleRows rows = new SampleRows(sql);
          SampleRows.tables().stream()
              .filter(it -> !it.getName().equals("maintenance"))
              .forEach(rows::row);
        });
    JsonNode tree;
    try {
      tree =
          new ObjectMapper()
              .readTree(
                  """
                  {"b": [1, -0.5, 1.0, 9007199254740993, null, true], "a": {"\\u00e9\\n": "x\\ty"}, "": [[], {}]}""");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    database(
        sql ->
            sql.update(TENANTS)
                .set(TENANTS.NAME, NASTY)
                .set(TENANTS.SETTINGS, tree)
                .set(TENANTS.VERSION, Long.MAX_VALUE)
                .set(TENANTS.UPDATED_AT, Instant.parse("2026-02-03T04:05:06.000007Z"))
                .execute());
  }

  private void database(java.util.function.Consumer<org.jooq.DSLContext> work) {
    source.write(
        sql -> {
          work.accept(sql);
          return null;
        });
  }

  @Test
  void everyRowOfEveryTableIsTheSameOnTheOtherEngineAndBackAgain() {
    oneRowInEveryTable();
    Map<String, String> before = digests(source);
    assertThat(before).hasSizeGreaterThan(140);
    assertThat(before.values()).noneMatch(it -> it.startsWith("0:"));

    Engine other = engine == Engine.SQLITE ? Engine.POSTGRES : Engine.SQLITE;
    try (Database there = restored(backup(source, "there.tar.zst"), other)) {
      assertThat(digests(there)).isEqualTo(before);
      try (Database back = restored(backup(there, "back.tar.gz"), engine)) {
        assertThat(digests(back)).isEqualTo(before);
        assertThat(
                back.<String>read(
                    sql -> sql.fetchSingle(TENANTS, TENANTS.VERSION.eq(Long.MAX_VALUE)).getName()))
            .isEqualTo(NASTY);
      }
    }
  }

  @Test
  void theRestoredSchemaIsTheOneOfAnUpgrade() {
    oneRowInEveryTable();
    Path archive = backup(source, "schema.tar.zst");
    try (Database same = restored(archive, engine)) {
      assertThat(catalogue(same))
          .containsExactlyInAnyOrderElementsOf(catalogue(TestDatabases.fresh(engine)));
    }
  }

  private static List<String> catalogue(Database database) {
    String question =
        switch (database.engine()) {
          case SQLITE ->
              "select type || ' ' || name || coalesce(sql, '') from sqlite_schema where name not like 'sqlite_stat%'";
          case POSTGRES ->
              """
              select pg_get_indexdef(indexrelid) || indisvalid from pg_index i join pg_class c on c.oid = i.indrelid
                where c.relnamespace = current_schema()::regnamespace and not c.relispartition
              union all select conrelid::regclass || conname || pg_get_constraintdef(oid) || convalidated from pg_constraint
                where connamespace = current_schema()::regnamespace and conparentid = 0
                  and not exists (select 1 from pg_class c where c.oid = conrelid and c.relispartition)
              union all select tgrelid::regclass || tgname || tgenabled::text from pg_trigger t join pg_class c on c.oid = t.tgrelid
                where not tgisinternal and not c.relispartition
              union all select relname || relforcerowsecurity || relrowsecurity from pg_class
                where relnamespace = current_schema()::regnamespace and not relispartition""";
        };
    return database.read(sql -> sql.fetch(question)).stream()
        .map(it -> String.valueOf(it.get(0)))
        .sorted()
        .toList();
  }

  private void sampleTenant(Vault vault) {
    database(
        sql -> {
          TenantStore.seed(sql, Instant.now());
          new PriceStore(PriceCatalogue.bundled()).seed(sql, Instant.now());
        });
    vault.check(source);
    SampleTenant.sow(source, Clock.systemUTC(), VERSION, _ -> {});
    try (Sealer sealer = new Sealer(source, vault, Clock.systemUTC())) {
      sealer.sealAll();
    }
  }

  @Test
  void theLedgerReconcilesAndTheSealsHoldOnBothEngines() {
    Vault vault = Vault.of("the master key of this test");
    sampleTenant(vault);
    Path archive = backup(source, "sample.tar.zst");

    for (Engine into : Engine.values()) {
      try (Database restored = restored(archive, into)) {
        Reconciliation.Report books = Reconciliation.run(restored, _ -> {});
        assertThat(books.named()).isEmpty();
        assertThat(books.lines()).isPositive();
        Verification.Report seals = Verification.run(restored, vault, null, List.of(), _ -> {});
        assertThat(seals.isClean()).isTrue();
        assertThat(seals.entries()).isPositive();
        assertThat(vault.verify(restored)).isTrue();
        // Its stock follows from movements by a trigger, which must not have counted them again.
        assertThat(restored.<Integer>read(sql -> sql.fetchCount(INVENTORY))).isPositive();
        // And what follows works: triggers are back, sequences go on.
        long revision = revision(restored);
        restored.write(sql -> sql.update(TENANTS).set(TENANTS.NAME, "again").execute());
        assertThat(revision(restored)).isGreaterThan(revision);
        SampleTenant.sow(restored, Clock.systemUTC(), VERSION, _ -> {});
        try (Sealer sealer = new Sealer(restored, vault, Clock.systemUTC())) {
          sealer.sealAll();
        }
        assertThat(Verification.run(restored, vault, null, List.of(), _ -> {}).isClean()).isTrue();
      }
    }
  }

  private static long revision(Database database) {
    return database.read(
        sql -> sql.fetchSingle(REVISIONS, REVISIONS.NAME.eq("access")).getRevision());
  }

  @Test
  void anArchiveProvesItself() {
    oneRowInEveryTable();
    Path archive = backup(source, "proof.tar.zst");

    Proof.Report report = prove(archive);

    assertThat(report.differences()).isEmpty();
    assertThat(report.rows()).isGreaterThan(140);
    assertThat(folder.toFile().list()).containsExactly("proof.tar.zst");
  }

  /**
   * The backup stands still at every table until writers have gone on: were they to wait for it, it
   * would never end. What it holds is one moment: lines, sums, events and the tenants' revision are
   * those of the same transactions.
   */
  @Test
  @Timeout(300)
  void writersGoOnWhileABackupIsTakenAndItIsOneMoment() {
    Vault vault = Vault.of("the master key of this test");
    sampleTenant(vault);
    People people = People.in(source);
    long before = revision(source);
    try (Writers writers = new Writers(source, people, 2)) {
      writers.goOn(1);
      long atBegin = writers.committed();
      int[] stops = {0};
      Path archive = folder.resolve("busy.tar.zst");
      new Backup(
              source,
              Clock.systemUTC(),
              VERSION,
              (_, _, _) -> {
                stops[0]++;
                writers.goOn(2);
              })
          .write(archive, null);
      long atEnd = writers.committed();
      assertThat(stops[0]).as("one for each table").isGreaterThan(140);
      assertThat(atEnd - atBegin).isGreaterThanOrEqualTo(2L * stops[0]);
      for (Engine into : Engine.values()) {
        try (Database moment = restored(archive, into)) {
          long made =
              moment.<Integer>read(sql -> sql.fetchCount(TENANTS, TENANTS.NAME.eq("Writer")));
          assertThat(made).as("all before it, none behind it").isBetween(atBegin, atEnd - 1);
          assertThat(revision(moment) - before).isEqualTo(made);
          assertThat(
                  moment.<Integer>read(
                      sql -> sql.fetchCount(AI_REQUESTS, AI_REQUESTS.PROVIDER.eq("elsewhere"))))
              .isEqualTo((int) made);
          Reconciliation.Report books = Reconciliation.run(moment, _ -> {});
          assertThat(books.named()).isEmpty();
          assertThat(books.lines()).isGreaterThan(made);
          assertThat(Verification.run(moment, vault, null, List.of(), _ -> {}).isClean()).isTrue();
        }
      }
      assertThat(prove(archive).isClean()).isTrue();
    }
  }

  @Test
  void aFlippedBitIsFoundWhereverItIs() throws IOException {
    oneRowInEveryTable();
    Random random = new Random(7);
    for (String name : List.of("bits.tar.gz", "bits.tar.zst")) {
      Path archive = backup(source, name);
      byte[] bytes = Files.readAllBytes(archive);
      Path broken = folder.resolve("broken-" + name);
      for (int i = 0; i < 300; i++) {
        // The head and the end, which programs pass over, bit by bit; the rest by chance.
        int at =
            i < 100 ? i / 4 : i < 200 ? bytes.length - 1 - (i - 100) : random.nextInt(bytes.length);
        byte[] flipped = bytes.clone();
        flipped[at] ^= (byte) (1 << random.nextInt(8));
        Files.write(broken, flipped);
        assertThatThrownBy(() -> prove(broken))
            .as("byte %d", at)
            .isInstanceOf(ProblemException.class);
      }
      for (int length : List.of(0, 1, 30, 200, bytes.length / 2, bytes.length - 1)) {
        Files.write(broken, java.util.Arrays.copyOf(bytes, length));
        assertThatThrownBy(() -> prove(broken)).isInstanceOf(ProblemException.class);
      }
    }
  }

  @Test
  void anEncryptedArchiveOpensByItsPassphraseAlone() throws IOException {
    oneRowInEveryTable();
    Path archive = folder.resolve("sealed.tar.zst");
    new Backup(source, Clock.systemUTC(), VERSION, Watcher.nobody()).write(archive, "open sesame");
    byte[] bytes = Files.readAllBytes(archive);

    assertThat(Proof.run(archive, "open sesame", folder, VERSION, Watcher.nobody()).isClean())
        .isTrue();
    assertThatThrownBy(() -> prove(archive)).hasMessageContaining("encrypted");
    assertThatThrownBy(() -> Proof.run(archive, "sesame", folder, VERSION, Watcher.nobody()))
        .isInstanceOf(ProblemException.class);
    assertThat(new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1))
        .doesNotContain("manifest")
        .doesNotContain("ustar");
    Random random = new Random(7);
    for (int i = 0; i < 6; i++) {
      byte[] flipped = bytes.clone();
      int at = i < 4 ? i * 8 : random.nextInt(bytes.length);
      flipped[at] ^= 4;
      Files.write(archive, flipped);
      assertThatThrownBy(() -> Proof.run(archive, "open sesame", folder, VERSION, Watcher.nobody()))
          .as("byte %d", at)
          .isInstanceOfAny(ProblemException.class, java.io.UncheckedIOException.class);
    }
  }

  @Test
  void aDatabaseWithRowsIsReplacedByForceAlone() {
    oneRowInEveryTable();
    Path archive = backup(source, "force.tar.zst");
    Map<String, String> rows = digests(source);
    Database other = TestDatabases.fresh(engine);
    other.write(
        sql -> {
          TenantStore.seed(sql, Instant.now());
          return null;
        });
    Map<String, String> kept = digests(other);

    switch (engine) {
      case SQLITE -> {
        Path file = Path.of(TestDatabases.url(other).substring("sqlite:".length()));
        assertThatThrownBy(() -> restore(archive).intoSqlite(file, false))
            .hasMessageContaining("holds rows");
        assertThatThrownBy(() -> restore(archive).intoSqlite(file, true))
            .as("while it is in use")
            .hasMessageContaining("a server works on");
        assertThat(digests(other)).isEqualTo(kept);
        other.close();
        restore(archive).intoSqlite(file, true);
        try (Database replaced = Database.open(DatabaseSettings.sqlite(file))) {
          assertThat(digests(replaced)).isEqualTo(rows);
        }
        assertThat(file.resolveSibling(file.getFileName() + ".restoring")).doesNotExist();
      }
      case POSTGRES -> {
        assertThatThrownBy(() -> restore(archive).intoPostgres(other, false))
            .hasMessageContaining("holds rows");
        assertThat(digests(other)).isEqualTo(kept);
        restore(archive).intoPostgres(other, true);
        assertThat(digests(other)).isEqualTo(rows);
      }
    }
  }

  @Test
  void aRestoreThatFailsLeavesWhatWasThere() throws IOException {
    oneRowInEveryTable();
    Path archive = backup(source, "whole.tar.gz");
    // A row that no table takes, in an archive whose checksums are all right.
    Path forged = folder.resolve("forged.tar.gz");
    Forger.forge(archive, forged, "tenants", it -> it.replace("\"slug\":\"x\"", "\"slug\":null"));
    Database other = TestDatabases.fresh(engine);
    other.write(
        sql -> {
          TenantStore.seed(sql, Instant.now());
          return null;
        });
    Map<String, String> kept = digests(other);

    assertThatThrownBy(
            () -> {
              switch (engine) {
                case SQLITE ->
                    restore(forged)
                        .intoSqlite(
                            Path.of(TestDatabases.url(other).substring("sqlite:".length())), true);
                case POSTGRES -> restore(forged).intoPostgres(other, true);
              }
            })
        .hasMessageContaining("tenants");
    assertThat(digests(other)).isEqualTo(kept);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(it -> it.getFileName().toString()))
          .containsExactlyInAnyOrder("whole.tar.gz", "forged.tar.gz");
    }
  }

  @Test
  void anArchiveThatIsThereIsNotWrittenOver() {
    Path archive = backup(source, "once.tar.zst");
    assertThatThrownBy(() -> backup(source, "once.tar.zst")).hasMessageContaining("there already");
    assertThat(prove(archive).isClean()).isTrue();
    assertThatThrownBy(() -> backup(source, "once.zip")).hasMessageContaining("neither");
  }

  /** One of two tenants goes to a database of the other engine, where others are. */
  @Test
  void aTenantMovesWithItsRowsAlone() {
    Vault vault = Vault.of("the master key of this test");
    sampleTenant(vault);
    TenantsRecord demo =
        source.read(sql -> sql.fetchSingle(TENANTS, TENANTS.SLUG.eq(SampleTenant.SLUG)));
    Path file = folder.resolve("tenant.tar.zst");
    Backup.Report written =
        new Backup(source, Clock.systemUTC(), VERSION, Watcher.nobody())
            .write(file, null, new Manifest.Tenant(demo.getId().toString(), demo.getSlug()));
    assertThat(prove(file).isClean()).isTrue();
    assertThatThrownBy(() -> restore(file).intoSqlite(folder.resolve("no.db"), false))
        .hasMessageContaining("alone");

    Database there = TestDatabases.fresh(engine == Engine.SQLITE ? Engine.POSTGRES : Engine.SQLITE);
    there.write(
        sql -> {
          TenantStore.seed(sql, Instant.now());
          new PriceStore(PriceCatalogue.bundled()).seed(sql, Instant.now());
          new SampleRows(sql).row(USERS);
          return null;
        });
    vault.check(there);
    there.write(
        sql ->
            TenantStore.create(
                sql, Actor.command(Tenants.PLATFORM), demo.getSlug(), "other", Instant.now()));
    long users = there.<Integer>read(sql -> sql.fetchCount(USERS));
    Path lent = folder.resolve("lent.tar.zst");
    UUID collection = platformsCollection(source, Ids.next());
    source.write(
        sql -> {
          EventRecordsRecord record = sql.newRecord(EVENT_RECORDS);
          record.setId(Ids.next());
          record.setTenantId(demo.getId());
          record.setCollectionId(collection);
          record.setType("t");
          record.setExpiresAt(Instant.now().plusSeconds(3600));
          record.setCreatedAt(Instant.now());
          return record.insert();
        });
    new Backup(source, Clock.systemUTC(), VERSION, Watcher.nobody())
        .write(lent, null, new Manifest.Tenant(demo.getId().toString(), demo.getSlug()));
    assertThatThrownBy(
            () -> new TenantImport(there, VERSION, Watcher.nobody()).run(lent, null, "demo-two"))
        .hasMessageContaining("refer to rows of the platform that are not here");
    UUID _ = platformsCollection(there, collection);
    TenantImport move = new TenantImport(there, VERSION, Watcher.nobody());
    assertThatThrownBy(() -> move.run(file, null, null))
        .hasMessageContaining("there is a tenant " + demo.getSlug());
    TenantImport.Report report = move.run(lent, null, "demo-two");

    assertThat(report.rows()).isEqualTo(written.rows() + 1).isGreaterThan(300);
    assertThat(there.<Integer>read(sql -> sql.fetchCount(USERS))).isGreaterThan((int) users);
    assertThat(report.tenant().slug()).isEqualTo("demo-two");
    source.write(
        sql ->
            sql.update(TENANTS)
                .set(TENANTS.SLUG, "demo-two")
                .where(TENANTS.ID.eq(demo.getId()))
                .execute());
    assertThat(tenantDigests(there, demo.getId())).isEqualTo(tenantDigests(source, demo.getId()));
    assertThat(Reconciliation.run(there, _ -> {}).named()).isEmpty();
    assertThat(Verification.run(there, vault, demo.getId(), List.of(), _ -> {}).isClean()).isTrue();
    assertThatThrownBy(() -> move.run(file, null, "demo-three"))
        .hasMessageContaining("there is a tenant demo-two");
  }

  /**
   * Lines and events of a tenant went by policies of the platform, whose runs are not its own: what
   * went is known of it wherever it is.
   */
  @Test
  void aTenantMovesWithTheSumsOfWhatItLetGo() {
    Policies.platform(source);
    People people = People.in(source);
    people.hardBudget("MONTHLY", 1_000_000_000);
    OldCalls calls = new OldCalls(source, people, 4);
    Instant begin = Instant.now().minus(Duration.ofDays(300));
    calls.make(60, begin, Duration.ofDays(290));
    calls.end();
    calls.bring(60, begin, Duration.ofDays(290));
    BroughtLine old = calls.line(Ids.at(begin), begin);
    calls.bring(List.of(old));
    long lines = Reconciliation.run(source, _ -> {}).lines();
    Policies.set(source, Tenants.PLATFORM, "lines", "DELETE", 100, false, "ai_requests");
    Policies.set(source, Tenants.PLATFORM, "news", "DELETE", 1, false, "events");
    // Events are as old as the settlement: seen from a week later, all of them go.
    Policies.run(source, folder, Instant.now().plus(Duration.ofDays(7)));
    Reconciliation.Report books = Reconciliation.run(source, _ -> {});
    assertThat(books.named()).isEmpty();
    assertThat(books.events()).isZero();
    assertThat(books.gone()).isBetween(1L, lines - 1);

    Path file = folder.resolve("tenant.tar.zst");
    new Backup(source, Clock.systemUTC(), VERSION, Watcher.nobody())
        .write(file, null, new Manifest.Tenant(people.tenant().toString(), "t" + people.tenant()));
    Database there = TestDatabases.fresh(engine == Engine.SQLITE ? Engine.POSTGRES : Engine.SQLITE);
    new TenantImport(there, VERSION, Watcher.nobody()).run(file, null, null);

    assertThat(tenantDigests(there, people.tenant()))
        .isEqualTo(tenantDigests(source, people.tenant()));
    Reconciliation.Report moved = Reconciliation.run(there, _ -> {});
    assertThat(moved.named()).isEmpty();
    assertThat(moved.gone()).isEqualTo(books.gone());
    BroughtLines.Written again =
        there.writeJdbc(
            connection ->
                new BroughtLines(there.dialect(), "a test")
                    .write(there.on(connection), connection, List.of(old), Instant.now()));
    assertThat(again.late()).containsExactly(old.id());

    Path whole = backup(source, "whole.tar.zst");
    assertThat(prove(whole).isClean()).isTrue();
    for (Engine into : Engine.values()) {
      try (Database restored = restored(whole, into)) {
        Reconciliation.Report report = Reconciliation.run(restored, _ -> {});
        assertThat(report.named()).isEmpty();
        assertThat(report.gone()).isEqualTo(books.gone());
      }
    }
  }

  private static UUID platformsCollection(Database database, UUID id) {
    database.write(
        sql ->
            sql.insertInto(EVENT_COLLECTIONS)
                .set(EVENT_COLLECTIONS.ID, id)
                .set(EVENT_COLLECTIONS.TENANT_ID, Tenants.PLATFORM)
                .set(EVENT_COLLECTIONS.NAME, "lent")
                .set(EVENT_COLLECTIONS.TTL_SECONDS, 3600L)
                .set(EVENT_COLLECTIONS.CREATED_AT, Instant.now())
                .set(EVENT_COLLECTIONS.UPDATED_AT, Instant.now())
                .execute());
    return id;
  }

  /** Events lose their place; prices of the platform are the platform's. */
  private static Map<String, String> tenantDigests(Database database, UUID tenant) {
    Map<String, String> digests = new TreeMap<>();
    database.snapshot(
        connection -> {
          for (Shape shape : Shape.all()) {
            if (RowSource.isTenants(shape)
                && !shape.name().equals("events")
                && !shape.name().equals("model_prices")) {
              RowDigest digest = new RowDigest(shape);
              try {
                new RowSource(connection, database.dialect(), tenant).read(shape, digest::add);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
              digests.put(shape.name(), digest.toString());
            }
          }
          return null;
        });
    return digests;
  }
}
