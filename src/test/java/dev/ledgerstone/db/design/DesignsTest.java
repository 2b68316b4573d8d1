package dev.ledgerstone.db.design;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.migrate.MigrationSource;
import dev.ledgerstone.problem.ProblemException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A design is the same, whatever it was read from. */
class DesignsTest {
  private static final MigrationSource OURS = MigrationSource.classpath();

  @Test
  void bothEnginesHaveTheSameDesign() {
    Design sqlite = Designs.of(TestDatabases.fresh(Engine.SQLITE), OURS);
    Design postgres = Designs.of(TestDatabases.fresh(Engine.POSTGRES), OURS);

    assertThat(sqlite.tables()).hasSizeGreaterThan(100);
    assertThat(postgres.lines()).containsExactlyInAnyOrderElementsOf(sqlite.lines());
    assertThat(Designs.made(OURS).lines()).isEqualTo(sqlite.lines());
  }

  @Test
  void itsTextDeclaresTheSame() {
    for (Engine engine : Engine.values()) {
      Design design = Designs.of(TestDatabases.fresh(engine), OURS);

      assertThat(Designs.declared("schema.sql", DesignSql.text(design)).lines())
          .isEqualTo(design.lines());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a in ('x', 'y') | ((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))",
        "a not in ('x', 'y') | ((a)::text <> ALL ((ARRAY['x'::character varying, 'y'::character varying])::text[]))",
        "a in ('x') | ((a)::text = 'x'::text)",
        "a in ('x', 'y', 'z') | (a = 'x' or a = 'y' or a = 'z')",
        "b > 1 or a in ('x', 'y', 'z') | b > 1 or (a = 'x' or a = 'y' or a = 'z')",
        "a in ('x', 'y') and b in (1, 2, 3) | (a = 'x' or a = 'y') and (b = 1 or b = 2 or b = 3)",
        "a is null or (b >= -1 and b <= 1) | ((a IS NULL) OR ((b >= (- (1)::double precision)) AND (b <= (1)::double precision)))",
        "a between 1 and 2 and c | (((a >= 1) AND (a <= 2)) AND c)",
        "(a is null) = (b is null) | ((a IS NULL) = (b IS NULL))",
        "a not like '/%' | ((a)::text !~~ '/%'::text)",
        "a <= b * (c - d) - e | (a <= ((b * (c - d)) - e))",
        "a >= -90 | (a >= '-90'::integer)",
        "length(a) = 3 | (length((a)::text) = 3)",
        "not (a and b) | (NOT (a AND b))",
        "'{}' | '{}'::jsonb",
        "a is not null and (b or c) | ((a IS NOT NULL) AND (b OR c))",
      })
  void whatPostgresTellsIsWhatWasWritten(String written, String told) {
    assertThat(Expression.told(told)).isEqualTo(Expression.written(written));
    assertThat(Expression.written(Expression.told(told).text()))
        .isEqualTo(Expression.written(written));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a and (b or c) | a and b or c",
        "a - (b - c) > 0 | a - b - c > 0",
        "(a + b) * c > 0 | a + b * c > 0",
        "not (a or b) | not a or b",
        "a in ('x') | a in ('X')",
        "a in ('x', 'y') | a = 'x' or b = 'y'",
        "a in ('x', 'y') | a = 'x' and a = 'y'",
        "a in ('x', 'y') | a = 'x' or a <> 'y'",
        "a > 1 | a >= 1",
      })
  void whatIsNotTheSameIsTold(String one, String other) {
    assertThat(Expression.written(one)).isNotEqualTo(Expression.written(other));
  }

  @Test
  void aFaultInADeclarationNamesItsLine() {
    assertThatThrownBy(
            () ->
                Designs.declared(
                    "schema.sql", "create table a (\n  b integer,\n  c varchar wrong\n);"))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining("schema.sql, line 3");
    assertThatThrownBy(() -> Designs.declared("schema.sql", "\n\ndrop table a;"))
        .hasMessageContaining("schema.sql, line 3: only tables, indexes and comments");
  }
}
