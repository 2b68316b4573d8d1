package dev.ledgerstone.ops.intake;

import static dev.ledgerstone.db.schema.Tables.CONTENT_SYNCS;
import static dev.ledgerstone.db.schema.Tables.CUSTOMERS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.JsonBinding;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.testkit.LiveServer;
import dev.ledgerstone.testkit.People;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * kill -9 at any moment of an import: each good record is in once, each bad one is named once, with
 * its reason.
 */
@ParameterizedClass
@EnumSource(Engine.class)
class IntakeKillTest {
  /** One record in so many lacks its name. */
  private static final int BAD = 100;

  @TempDir private Path folder;
  private final Engine engine;
  private final Database database;
  private final People people;

  IntakeKillTest(Engine engine) {
    this.engine = engine;
    database = TestDatabases.fresh(engine);
    people = People.in(database);
  }

  @Test
  @Timeout(300) // a busy machine starts JVMs slowly
  void twentyThousandRecordsAndTwoKills() throws Exception {
    LiveServer.in(database); // so that SQLite's transactions are small
    killed(20_000, engine == Engine.SQLITE ? 2_000 : 5_000, 2, new Random(2));
  }

  @Test
  @Tag("long")
  @Timeout(3600)
  void aMillionRecordsAndTwoKills() throws Exception {
    killed(1_000_000, engine == Engine.SQLITE ? 20_000 : 5_000, 2, new Random(5));
  }

  /**
   * @param chunk records of one transaction
   */
  private void killed(int records, int chunk, int kills, Random random) throws Exception {
    Path file = folder.resolve("customers.jsonl");
    try (BufferedWriter text = Files.newBufferedWriter(file)) {
      for (int i = 1; i <= records; i++) {
        text.write(
            i % BAD == 0
                ? "{\"number\": \"" + i + "\"}\n"
                : "{\"number\": \"" + i + "\", \"name\": \"n\", \"email\": \"" + i + "@a.b\"}\n");
      }
    }
    int chunks = records / chunk;
    int met = 0;
    for (int i = 0; i < kills; i++) {
      met +=
          importedUntil(file, 1 + random.nextInt(Math.max(1, chunks / kills / 2)), random) ? 1 : 0;
    }
    assertThat(met).as("kills that met the import at work").isEqualTo(kills);
    assertThat(importedUntil(file, Integer.MAX_VALUE, random)).isFalse();
    audit(file, records);
  }

  /**
   * Lets a process import.
   *
   * @param steps that it tells before it is killed
   * @return whether it was
   */
  private boolean importedUntil(Path file, int steps, Random random) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                IntakeChild.class.getName(),
                TestDatabases.url(database),
                people.tenant().toString(),
                file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader told = process.inputReader()) {
      int left = steps;
      for (String line = told.readLine(); line != null; line = told.readLine()) {
        if (line.startsWith("-")) {
          System.out.println("rows a second of the last run: " + line.substring(1));
          assertThat(process.waitFor()).isZero();
          return false;
        }
        if (--left == 0) {
          // Not to wait for anything: to hit another moment of the next chunk each time.
          Thread.sleep(random.nextInt(150));
          process.destroyForcibly().waitFor();
          return true;
        }
      }
      throw new IllegalStateException("the import ended with status " + process.waitFor());
    } finally {
      process.destroyForcibly();
    }
  }

  private void audit(Path file, int records) throws IOException {
    int good = records - records / BAD;
    assertThat(database.<Integer>read(sql -> sql.fetchCount(CUSTOMERS))).isEqualTo(good);
    BitSet there = new BitSet();
    database.<Integer>readSnapshot(
        sql -> {
          try (var numbers =
              sql.select(CUSTOMERS.NUMBER).from(CUSTOMERS).fetchSize(1000).fetchLazy()) {
            numbers.forEach(row -> there.set(Integer.parseInt(row.value1())));
          }
          return 0;
        });
    assertThat(there.cardinality()).as("each one's number").isEqualTo(good);
    BitSet named = new BitSet();
    try (BufferedReader lines =
        Files.newBufferedReader(Intake.Source.of(file, Format.JSONL).letters())) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode letter = JsonBinding.parse(line);
        int row = letter.path("row").intValue();
        assertThat(named.get(row)).as("row %s is named once", row).isFalse();
        named.set(row);
        assertThat(row % BAD).as("row %s is a bad one", row).isZero();
        assertThat(letter.path("reason").asText()).isEqualTo("name: is missing");
      }
    }
    assertThat(named.cardinality()).isEqualTo(records / BAD);
    assertThat(there.intersects(named)).isFalse();
    var sync = database.read(sql -> sql.fetchSingle(CONTENT_SYNCS));
    assertThat(sync.getCreatedCount()).isEqualTo(good);
    assertThat(sync.getFailedCount()).isEqualTo(records / BAD);
    assertThat(sync.getStatus()).isEqualTo("PARTIAL");
  }
}
