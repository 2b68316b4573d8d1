package dev.ledgerstone.db.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.problem.Problem;
import dev.ledgerstone.problem.ProblemException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The format of the files. */
class MigrationsTest {
  private static final String EMPTY = "-- @up\n-- @down\n-- @end\n";

  private static Migrations load(Engine engine, Map<String, String> files) {
    return Migrations.load(engine, () -> files);
  }

  private static Problem problem(Map<String, String> files) {
    return Assertions.catchThrowableOfType(ProblemException.class, () -> load(Engine.SQLITE, files))
        .problem();
  }

  private static String up(Migrations migrations) {
    return SqlStatement.join(migrations.get(1).up().statements());
  }

  @Test
  void aMarkedLineIsForItsEngineAlone() {
    Map<String, String> files =
        Map.of(
            "0001_a.sql",
            """
            -- @up
            create table a (b integer)
            --@postgres partition by range (b)
              --@sqlite without rowid
            ;
            -- @down
            -- @end
            """);

    assertThat(up(load(Engine.POSTGRES, files)))
        .isEqualTo("create table a (b integer)\npartition by range (b);\n");
    assertThat(up(load(Engine.SQLITE, files)))
        .isEqualTo("create table a (b integer)\n\n  without rowid;\n");
  }

  @Test
  void theCompanionComesLastOnTheWayUpAndFirstOnTheWayDown() {
    Map<String, String> files =
        Map.of(
            "0001_a.sql", "-- @up\nu1;\n-- @down\nd1;\n-- @end",
            "sqlite/0001_a.sql", "-- @up\nu2;\n-- @down\nd2;\n-- @end",
            "postgres/0001_a.sql", "-- @up\nu3;\n-- @down\nd3;\n-- @end");
    Migration migration = load(Engine.SQLITE, files).get(1);

    assertThat(migration.up().text()).isEqualTo("u1;\nu2;\n");
    assertThat(migration.down()).extracting(Step::text).isEqualTo("d2;\nd1;\n");
  }

  @Test
  void commentStatementsAreLeftOutOnSqlite() {
    Map<String, String> files =
        Map.of("0001_a.sql", "-- @up\ncomment on table a is 'b;';\nselect 1;\n-- @down\n-- @end");

    assertThat(up(load(Engine.SQLITE, files))).isEqualTo("select 1;\n");
    assertThat(up(load(Engine.POSTGRES, files))).startsWith("comment on table");
  }

  @Test
  void lineEndsAndTrailingBlanksAreNoChange() {
    String text = "-- @up\nselect 1;\n-- @down\n-- @end\n";
    String checksum = load(Engine.SQLITE, Map.of("0001_a.sql", text)).get(1).checksum();

    assertThat(
            load(Engine.SQLITE, Map.of("0001_a.sql", text.replace("\n", " \t\r\n")))
                .get(1)
                .checksum())
        .isEqualTo(checksum);
    assertThat(load(Engine.SQLITE, Map.of("0001_a.sql", text.replace("1", "2"))).get(1).checksum())
        .isNotEqualTo(checksum);
  }

  @Test
  void theHeadOfEitherFileMarksTheStepAndSoDoesTheHistorysText() {
    Migration migration =
        load(
                Engine.POSTGRES,
                Map.of(
                    "0001_a.sql",
                    "-- @up\n-- @down\ndrop index a;\n-- @end",
                    "postgres/0001_a.sql",
                    "-- @no-transaction\n" + EMPTY))
            .get(1);

    assertThat(migration.up().inTransaction()).isFalse();
    Step down = Objects.requireNonNull(migration.down());
    Step kept = Step.parse(Engine.POSTGRES, "history", down.text());
    assertThat(kept.inTransaction()).isFalse();
    assertThat(kept.text()).isEqualTo(down.text());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "select 1;                                | 1 | a statement stands outside",
        "-- @up~-- @end~select 1;                 | 3 | a statement stands outside",
        "-- @up~select 1;                         | 2 | there is no -- @end",
        "-- hello                                 | 1 | there is no -- @up",
        "-- @down~-- @up~-- @end                  | 1 | @down stands in the wrong place",
        "-- @up~-- @up~-- @end                    | 2 | @up stands in the wrong place",
        "-- @up~-- @rebuild~-- @end               | 2 | @rebuild stands in the wrong place",
        "-- @up~-- @dwon~-- @end                  | 2 | there is no marker @dwon",
        "-- @up~--@mysql x~-- @end                | 2 | there is no engine --@mysql",
        "-- @up~~select 'a~-- @end                | 3 | the text in ' quotes has no end",
        "-- @rebuild~-- @no-transaction~-- @up~-- @end | 4 | @rebuild needs a transaction",
      })
  void aFaultIsNamedWithItsLine(String text, int line, String fault) {
    assertThat(problem(Map.of("0001_a.sql", text.replace('~', '\n'))))
        .isInstanceOfSatisfying(
            MigrationProblem.BadFile.class,
            bad -> {
              assertThat(bad.file()).isEqualTo("0001_a.sql");
              assertThat(bad.line()).isEqualTo(line);
              assertThat(bad.fault()).startsWith(fault);
              assertThat(bad.hint()).isNotBlank();
            });
  }

  @Test
  void numbersHaveNoGapsAndNoDoubles() {
    assertThat(problem(Map.of("0001_a.sql", EMPTY, "0003_b.sql", EMPTY)))
        .isEqualTo(new MigrationProblem.Gap("0003_b.sql", 2));
    assertThat(problem(Map.of("0001_a.sql", EMPTY, "0001_b.sql", EMPTY)))
        .isEqualTo(new MigrationProblem.Duplicate("0001_b.sql", "0001_a.sql"));
    assertThat(problem(Map.of("0001_a.sql", EMPTY, "0002_a.sql", EMPTY)))
        .isEqualTo(new MigrationProblem.Duplicate("0002_a.sql", "0001_a.sql"));
  }

  @Test
  void strayFilesAreRefused() {
    assertThat(problem(Map.of("0001_A.sql", EMPTY))).isInstanceOf(MigrationProblem.BadFile.class);
    assertThat(problem(Map.of("mysql/0001_a.sql", EMPTY)))
        .isInstanceOf(MigrationProblem.BadFile.class);
    assertThat(problem(Map.of("0001_a.sql", EMPTY, "postgres/0002_b.sql", EMPTY)).detail())
        .contains("no portable file");
  }

  @Test
  void ourOwnAreFoundInAJarAsInAFolder(@TempDir Path folder) throws IOException {
    Map<String, String> files = MigrationSource.classpath().files();
    assertThat(files).containsKeys("0001_identity.sql", "sqlite/0001_identity.sql");

    Path jar = folder.resolve("ledgerstone.jar");
    try (OutputStream bytes = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(bytes)) {
      out.putNextEntry(new JarEntry("db/other.sql"));
      for (Map.Entry<String, String> file : files.entrySet()) {
        out.putNextEntry(new JarEntry(MigrationSource.FOLDER + file.getKey()));
        out.write(file.getValue().getBytes(StandardCharsets.UTF_8));
      }
    }
    assertThat(MigrationSource.jar(jar).files()).isEqualTo(files);
  }
}
