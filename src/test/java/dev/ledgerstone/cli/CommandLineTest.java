package dev.ledgerstone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command line itself: what needs no database. */
class CommandLineTest {
  @TempDir Path folder;

  @Test
  void everyCommandHasHelpThatSaysWhatItDoesAndHowItEnds() {
    List<List<String>> commands = new ArrayList<>();
    collect(Main.commandLine(Map.of()), List.of(), commands);

    assertThat(commands).hasSizeGreaterThan(30);
    for (List<String> command : commands) {
      List<String> args = new ArrayList<>(command);
      args.add("--help");
      Told told = Told.by(Map.of(), args.toArray(String[]::new));
      assertThat(told.code()).as("%s", command).isZero();
      assertThat(told.out())
          .as("%s", command)
          .contains("Usage: ledgerstone", "--data", "--database", "--output", "Exit codes:");
    }
  }

  private static void collect(CommandLine line, List<String> path, List<List<String>> all) {
    all.add(path);
    assertThat(line.getCommandSpec().usageMessage().description()).as("%s", path).isNotEmpty();
    line.getSubcommands()
        .forEach(
            (name, each) -> {
              List<String> deeper = new ArrayList<>(path);
              deeper.add(name);
              collect(each, deeper, all);
            });
  }

  @Test
  void theVersionIsTold() {
    assertThat(Told.by(Map.of(), "--version").out()).startsWith("ledgerstone ");
  }

  @Test
  void whatIsNotUnderstoodIsToldInOneLineWithWhereToLook() {
    Told told = Told.by(Map.of(), "tenants", "create");

    assertThat(told.code()).isEqualTo(Main.PROBLEM);
    assertThat(told.err())
        .contains("error: Missing required parameter")
        .contains("hint: ledgerstone tenants create --help");
    assertThat(Told.by(Map.of(), "reconsile").code()).isEqualTo(Main.PROBLEM);
    assertThat(Told.by(Map.of(), "db").code()).isEqualTo(Main.PROBLEM);
    assertThat(Told.by(Map.of(), "reconcile", "--output", "xml").code()).isEqualTo(Main.PROBLEM);
  }

  @Test
  void aCommandThatNeedsADatabaseMakesNone() {
    Path data = folder.resolve("none");
    for (String command : List.of("reconcile", "doctor", "tenants list", "db current")) {
      List<String> args = new ArrayList<>(List.of(command.split(" ")));
      args.addAll(List.of("--data", data.toString()));
      Told told = Told.by(Map.of(), args.toArray(String[]::new));
      assertThat(told.code()).as(command).isEqualTo(command.equals("doctor") ? 0 : Main.PROBLEM);
    }
    assertThat(data).doesNotExist();
  }

  @Test
  void aFaultyConfigurationStopsAServerBeforeItTouchesAnything() throws IOException {
    Path data = folder.resolve("data");
    Path file = folder.resolve("bad.yaml");
    Files.writeString(file, "server: { port: many }\nservises: []\n");

    Told told = Told.by(Map.of(), "serve", "--data", data.toString(), "--config", file.toString());

    assertThat(told.code()).isEqualTo(Main.PROBLEM);
    assertThat(told.err()).contains("bad.yaml:1:", "bad.yaml:2:");
    assertThat(data).doesNotExist();
  }

  @Test
  void anUnexpectedFailureIsOneLineAndItsStackOnlyOnDemand() {
    StringWriter quiet = new StringWriter();
    StringWriter loud = new StringWriter();
    IllegalStateException failure = new IllegalStateException("boom");

    assertThat(Failures.print(failure, new PrintWriter(quiet), false)).isEqualTo(Main.UNEXPECTED);
    assertThat(Failures.print(failure, new PrintWriter(loud), true)).isEqualTo(Main.UNEXPECTED);
    assertThat(quiet.toString()).contains("boom", "--debug").doesNotContain("\tat ");
    assertThat(loud.toString()).contains("boom", "\tat ");
  }

  @Test
  void aRevisionGetsTheNextNumber() throws IOException {
    Files.writeString(folder.resolve("0007_old.sql"), "");
    String directory = folder.toString();

    Told told = Told.by(Map.of(), "db", "revision", "-m", "Add a Board!", "--directory", directory);

    assertThat(told.code()).as(told.err()).isZero();
    assertThat(folder.resolve("0008_add_a_board.sql"))
        .content()
        .contains("-- Add a Board!", "-- @up", "-- @down", "-- @end");
    assertThat(
            Told.by(Map.of(), "db", "revision", "-m", "add a board", "--directory", directory)
                .err())
        .contains("already");
    assertThat(Told.by(Map.of(), "db", "revision", "-m", "!", "--directory", directory).code())
        .isEqualTo(Main.PROBLEM);
  }

  @Test
  void columnsAreAlignedAndNumbersStandToTheRight() {
    Rows rows =
        Rows.of("name", "count", "at")
            .add("a", 5L, Instant.parse("2026-01-02T03:04:05.678Z"))
            .add("longer", 12_345L, null);

    assertThat(rows.table())
        .isEqualTo(
            """
            name    count  at
            a           5  2026-01-02T03:04:05Z
            longer  12345  -""");
    assertThat(rows.jsonList())
        .isEqualTo(
            "[{\"name\":\"a\",\"count\":5,\"at\":\"2026-01-02T03:04:05.678Z\"},"
                + "{\"name\":\"longer\",\"count\":12345,\"at\":null}]");
    assertThat(Rows.of("x").table()).isEqualTo("(none)");
  }

  @Test
  void theDemoShowsEveryStepAndEndsWell() {
    Told told = Told.by(Map.of(), "demo", "--exit", "--data", folder.toString());

    assertThat(told.code()).as(told.out() + told.err()).isZero();
    assertThat(told.out().lines().filter(line -> line.startsWith("ok  "))).hasSize(8);
    assertThat(told.out())
        .contains("1,880 euros", "every four weeks", "402 insufficient_quota", "local/extract")
        .containsPattern("differences +0")
        .doesNotContain("FAILED");
    assertThat(Told.by(Map.of(), "reconcile", "--data", folder.toString()).code()).isZero();
  }
}
