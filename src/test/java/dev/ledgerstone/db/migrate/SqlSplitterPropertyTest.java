package dev.ledgerstone.db.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Engine;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Statements put together come apart as they were, whatever stands in them and between them. */
class SqlSplitterPropertyTest {
  record Script(Engine engine, List<String> statements, List<String> gaps) {
    String text() {
      StringBuilder text = new StringBuilder(gaps.getLast());
      for (int i = 0; i < statements.size(); i++) {
        String gap = gaps.get(i % gaps.size());
        text.append(statements.get(i)).append(gap).append(';').append(gap);
      }
      return text.toString();
    }
  }

  @Property
  void aScriptComesApartAsItWasPutTogether(@ForAll("scripts") Script script) {
    assertThat(SqlSplitter.split(script.engine(), "f.sql", 1, script.text()))
        .extracting(SqlStatement::text)
        .isEqualTo(script.statements());
  }

  @Property
  void joinedStatementsSplitAgain(@ForAll("scripts") Script script) {
    List<SqlStatement> once = SqlSplitter.split(script.engine(), "f.sql", 1, script.text());

    assertThat(SqlSplitter.split(script.engine(), "f.sql", 1, SqlStatement.join(once)))
        .extracting(SqlStatement::text)
        .isEqualTo(script.statements());
  }

  @Property
  void eachLineIsTheLineOfItsStatement(@ForAll("scripts") Script script) {
    List<String> lines = List.of(script.text().split("\n", -1));
    for (SqlStatement statement : SqlSplitter.split(script.engine(), "f.sql", 1, script.text())) {
      assertThat(lines.get(statement.line() - 1))
          .contains(statement.text().lines().findFirst().orElseThrow());
    }
  }

  @Provide
  Arbitrary<Script> scripts() {
    return Arbitraries.of(Engine.class)
        .flatMap(
            engine ->
                Combinators.combine(statements(engine).list().ofMaxSize(6), gaps().list().ofSize(3))
                    .as((statements, gaps) -> new Script(engine, statements, gaps)));
  }

  private static Arbitrary<String> statements(Engine engine) {
    Arbitrary<String> tokens = tokens(engine);
    Arbitrary<String> plain =
        tokens
            .list()
            .ofMinSize(1)
            .ofMaxSize(6)
            .map(all -> "select " + String.join(" ", all) + " x");
    Arbitrary<String> block =
        plain
            .list()
            .ofMinSize(1)
            .ofMaxSize(3)
            .map(all -> " begin " + atomic(engine) + String.join(";\n", all) + "; end");
    Arbitrary<String> body =
        block.map(
            text ->
                switch (engine) {
                  case SQLITE -> "create trigger t after insert on a" + text;
                  case POSTGRES -> "create function f() returns int" + text;
                });
    return Arbitraries.oneOf(plain, body);
  }

  private static String atomic(Engine engine) {
    return engine == Engine.POSTGRES ? "atomic " : "";
  }

  /** The text of each kind of quote is full of what must not be read there. */
  private static Arbitrary<String> tokens(Engine engine) {
    Arbitrary<String> hostile =
        Arbitraries.of(";", "--", "\n", "begin", "end;", " case ", "a", "$", "é", "atomic")
            .list()
            .ofMaxSize(5)
            .map(all -> String.join("", all));
    Arbitrary<String> common =
        Arbitraries.oneOf(
            Arbitraries.of(
                "a", "1", "case when b then 2 end", "(", "+", "a.b", "beginning", "ende"),
            hostile.map(text -> "'" + text + "''" + text + "'"),
            hostile.map(text -> "\"" + text + "/*\""),
            hostile.map(text -> "/*" + text + "*/"),
            hostile.map(text -> "--" + text.replace("\n", "") + "\n"));
    Arbitrary<String> own =
        switch (engine) {
          case SQLITE ->
              Arbitraries.oneOf(
                  hostile.map(text -> "[" + text + "'\"]"), hostile.map(text -> "`" + text + "'`"));
          case POSTGRES ->
              Arbitraries.oneOf(
                  hostile.map(text -> "$q$" + text + "'$" + "$q$"),
                  hostile.map(text -> "e'" + text + "\\''"),
                  hostile.map(text -> "/*" + text + "/*" + text + "*/;*/"));
        };
    return Arbitraries.oneOf(common, own);
  }

  private static Arbitrary<String> gaps() {
    return Arbitraries.of("", " ", "\n", "\n-- it's; a comment\n", "/* it's; one */", "/* \n */\t");
  }
}
