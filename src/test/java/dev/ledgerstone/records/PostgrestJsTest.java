package dev.ledgerstone.records;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.cli.Server;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.testkit.NodeScript;
import dev.ledgerstone.testkit.NodeScript.Outcome;
import dev.ledgerstone.testkit.Servers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code @supabase/postgrest-js}, as npm gives it, against a started server: the cases of {@code
 * src/test/clients/postgrest-*.mjs}, each a test.
 */
@Tag("node")
@ParameterizedClass
@EnumSource(Engine.class)
@SuppressWarnings("NullAway.Init") // what is static is set before the first test of an engine
class PostgrestJsTest {
  @TempDir static Path data;

  private static List<Outcome> reading;
  private static List<Outcome> writing;

  PostgrestJsTest(Engine engine) {
    assertThat(engine).isNotNull();
  }

  /** All cases at once: a Node a case would take a minute more. */
  @BeforeParameterizedClassInvocation
  static void run(Engine engine) {
    reading = run(engine, "postgrest-reading.mjs");
    writing = run(engine, "postgrest-writing.mjs");
  }

  /** A script against rows and a server of its own. */
  private static List<Outcome> run(Engine engine, String script) {
    Database database = TestDatabases.fresh(engine);
    try (Server server = Servers.start(database, data.resolve(engine.name() + "-" + script))) {
      Fixture.load(database);
      return NodeScript.run(
          script,
          Map.of(
              "SERVER_URL",
              "http://127.0.0.1:" + server.port(),
              "SERVER_KEY",
              "ann-key-0001",
              "SERVER_OTHER_KEY",
              "bob-key-0001"));
    }
  }

  static List<Outcome> reading() {
    return reading;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("reading")
  void reads(Outcome outcome) {
    assertThat(outcome.error()).as(outcome.name()).isEmpty();
  }

  static List<Outcome> writing() {
    return writing;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("writing")
  void writes(Outcome outcome) {
    assertThat(outcome.error()).as(outcome.name()).isEmpty();
  }

  @Test
  void noCaseWasForgotten() {
    assertThat(reading).hasSizeGreaterThan(100);
    assertThat(writing).hasSizeGreaterThan(30);
  }
}
