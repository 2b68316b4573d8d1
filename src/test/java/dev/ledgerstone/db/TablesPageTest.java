package dev.ledgerstone.db;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.migrate.Migrator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jooq.Record;
import org.jooq.Result;
import org.junit.jupiter.api.Test;

/**
 * docs/tables.md lists every table, view and column with its comment, as PostgreSQL's catalogue has
 * them after an upgrade. To write it anew: {@code ./ledgerstone mvn test -Dtest=TablesPageTest
 * -Ddocs.write=true}.
 */
class TablesPageTest {
  private static final Path PAGE = Path.of("docs/tables.md");
  private static final String BEGIN = "<!-- What follows is written by TablesPageTest. -->\n";

  private static final String RELATIONS =
      """
      select c.relname as name, c.relkind::text as kind, obj_description(c.oid) as says
      from pg_class c
      where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
      order by c.relname""";

  private static final String COLUMNS =
      """
      select a.attname as name, format_type(a.atttypid, null) as type, a.attnotnull as needed,
        col_description(a.attrelid, a.attnum) as says
      from pg_attribute a
      where a.attrelid = ?::regclass and a.attnum > 0 and not a.attisdropped
      order by a.attnum""";

  private static final String MIGRATOR_S_OWN = "schema_history";

  private final Database database = TestDatabases.fresh(Engine.POSTGRES);

  @Test
  void thePageListsEveryTable() throws IOException {
    String page = Files.readString(PAGE);
    String expected = page.substring(0, page.indexOf(BEGIN) + BEGIN.length()) + tables();
    if (Boolean.getBoolean("docs.write")) {
      Files.writeString(PAGE, expected);
    }
    assertThat(Files.readString(PAGE)).isEqualTo(expected);
  }

  @Test
  void everyTableSaysWhatItIs() {
    List<String> silent =
        relations().stream()
            .filter(it -> !it.get("kind", String.class).equals("v"))
            .filter(it -> it.get("says") == null)
            .map(it -> it.get("name", String.class))
            .filter(name -> !name.equals(MIGRATOR_S_OWN))
            .toList();
    assertThat(silent).as("tables without a comment").isEmpty();
  }

  @Test
  void theCatalogueIsThatOfAnUpgradedDatabase() {
    assertThat(new Migrator(database, "test").check().isCurrent()).isTrue();
    assertThat(relations().getValues("name", String.class))
        .contains("ai_requests", "budget_holds", "tenants")
        .doesNotContain("ai_requests_default");
  }

  private Result<? extends Record> relations() {
    return database.read(sql -> sql.fetch(RELATIONS));
  }

  private String tables() {
    StringBuilder page = new StringBuilder();
    for (Record relation : relations()) {
      String name = relation.get("name", String.class);
      String kind = relation.get("kind", String.class);
      String says = relation.get("says", String.class);
      page.append("\n## ").append(name).append("\n\n");
      page.append(
          switch (kind) {
            case "v" -> "A view. ";
            case "m" -> "A materialized view on PostgreSQL. ";
            case "p" -> "Partitioned on PostgreSQL. ";
            default -> "";
          });
      page.append(says == null ? otherwise(name, kind) : says + ".").append("\n\n");
      page.append("| column | type | |\n|---|---|---|\n");
      database
          .read(sql -> sql.fetch(COLUMNS, name))
          .forEach(column -> page.append(row(column, kind.equals("v") || kind.equals("m"))));
    }
    return page.toString();
  }

  private static String otherwise(String name, String kind) {
    return name.equals(MIGRATOR_S_OWN)
        ? "The migrations that this database has had ([migrations.md](migrations.md))."
        : kind.equals("v") ? "Its text is in the migrations." : "";
  }

  /** Whether a view's column may be null the catalogue does not know. */
  private static String row(Record column, boolean isOfView) {
    String says = column.get("says", String.class);
    String type =
        column.get("type", String.class)
            + (isOfView || column.get("needed", Boolean.class) ? "" : ", may be null");
    return "| `%s` | %s | %s |%n"
        .formatted(
            column.get("name"),
            type.replace("timestamp with time zone", "timestamptz")
                .replace("character varying", "varchar"),
            says == null ? "" : says.replace("|", "\\|"));
  }
}
