package dev.ledgerstone.db;

import static dev.ledgerstone.db.schema.Tables.CONVERSATIONS;
import static dev.ledgerstone.db.schema.Tables.DOCUMENTS;
import static dev.ledgerstone.db.schema.Tables.MESSAGES;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ledgerstone.base.Ids;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The indexes over words follow their tables. */
@ParameterizedClass
@EnumSource(Engine.class)
class SearchIndexTest {
  private static final String LONG_TEXT = "word ".repeat(300_000);

  private final Engine engine;
  private final Database database;

  SearchIndexTest(Engine engine) {
    this.engine = engine;
    this.database = TestDatabases.fresh(engine);
  }

  private static JsonNode parts(String text) {
    try {
      return new ObjectMapper()
          .readTree("[{\"type\": \"text\", \"text\": \"%s\"}]".formatted(text));
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  /** Rows of a table whose column has a word. */
  private List<UUID> having(String table, String column, String word) {
    String words =
        column.equals("content")
            ? "left(jsonb_path_query_array(content, '$[*].text')::text, 250000)"
            : column;
    String question =
        switch (engine) {
          case SQLITE ->
              "select t.id from %1$s t join %1$s_fts f on f.rowid = t.rowid where f.%2$s match ? order by t.id"
                  .formatted(table, column);
          case POSTGRES ->
              "select id from %s where to_tsvector('simple', %s) @@ plainto_tsquery('simple', ?) order by id"
                  .formatted(table, words);
        };
    return database.read(sql -> sql.fetch(question, word)).map(it -> it.get(0, UUID.class));
  }

  private UUID document(String title) {
    return database.write(
        sql -> {
          Map<String, Object> row = new SampleRows(sql).row(DOCUMENTS);
          UUID id = Ids.next();
          sql.update(DOCUMENTS)
              .set(DOCUMENTS.ID, id)
              .set(DOCUMENTS.TITLE, title)
              .where(DOCUMENTS.ID.eq((UUID) row.get("id")))
              .execute();
          return id;
        });
  }

  @Test
  void documentsAreFoundByWordsOfOneColumn() {
    UUID lease = document("The Lease of Elm Street");

    assertThat(having("documents", "title", "lease")).containsExactly(lease);
    assertThat(having("documents", "summary", "lease")).isEmpty();

    database.write(
        sql ->
            sql.update(DOCUMENTS)
                .set(DOCUMENTS.TITLE, "The deed")
                .set(DOCUMENTS.SUMMARY, "Once a lease")
                .execute());
    assertThat(having("documents", "title", "lease")).isEmpty();
    assertThat(having("documents", "summary", "LEASE")).containsExactly(lease);

    database.write(sql -> sql.deleteFrom(DOCUMENTS).execute());
    assertThat(having("documents", "summary", "lease")).isEmpty();
  }

  @Test
  void messagesAreFoundByTheirTextAndGoWithTheirConversation() {
    UUID message =
        database.write(
            sql -> {
              UUID id = (UUID) new SampleRows(sql).row(MESSAGES).get("id");
              sql.update(MESSAGES).set(MESSAGES.CONTENT, parts("where is my parcel")).execute();
              return id;
            });

    assertThat(having("messages", "content", "parcel")).containsExactly(message);
    assertThat(having("messages", "content", "type")).isEmpty();

    database.write(sql -> sql.update(MESSAGES).set(MESSAGES.CONTENT, parts("it came")).execute());
    assertThat(having("messages", "content", "parcel")).isEmpty();
    assertThat(having("messages", "content", "came")).containsExactly(message);

    database.write(sql -> sql.update(MESSAGES).set(MESSAGES.CONTENT, parts(LONG_TEXT)).execute());
    assertThat(having("messages", "content", "word")).containsExactly(message);

    database.write(sql -> sql.deleteFrom(CONVERSATIONS).execute());
    assertThat(having("messages", "content", "word")).isEmpty();
  }

  /** What the records API takes for indexed is what the migrations index. */
  @Test
  void theListIsTheSchemas() throws SQLException {
    Map<String, List<String>> found = new TreeMap<>();
    try (Connection connection = TestDatabases.connection(database);
        Statement statement = connection.createStatement()) {
      switch (engine) {
        case SQLITE -> {
          try (ResultSet rows =
              statement.executeQuery(
                  """
                  select replace(m.name, '_fts', ''), c.name from sqlite_master m, pragma_table_info(m.name) c
                  where m.sql like 'create virtual table%fts5%' and m.sql not like '%content='''',%' order by m.name, c.cid
                  """)) {
            while (rows.next()) {
              found
                  .computeIfAbsent(rows.getString(1), _ -> new ArrayList<>())
                  .add(rows.getString(2));
            }
          }
        }
        case POSTGRES -> {
          Pattern column =
              Pattern.compile("to_tsvector\\('simple'::regconfig, \\(?(\\w+)\\)?(::text)?\\)");
          try (ResultSet rows =
              statement.executeQuery(
                  "select tablename, indexdef from pg_indexes where indexdef like '%to_tsvector%' order by indexdef")) {
            while (rows.next()) {
              Matcher indexed = column.matcher(rows.getString(2));
              if (indexed.find()) {
                found
                    .computeIfAbsent(rows.getString(1), _ -> new ArrayList<>())
                    .add(indexed.group(1));
              }
            }
          }
        }
      }
    }

    assertThat(found).isNotEmpty();
    Map<String, List<String>> listed = new TreeMap<>();
    SearchIndex.COLUMNS.forEach(
        (table, columns) -> listed.put(table, columns.stream().sorted().toList()));
    found.replaceAll((_, columns) -> columns.stream().sorted().toList());
    assertThat(found).isEqualTo(listed);
  }

  /** SQLite's indexes find rows by rowid, which must survive what moves rows. */
  @Test
  void vacuumLosesNothing() throws SQLException {
    UUID kept =
        database.write(
            sql -> {
              SampleRows rows = new SampleRows(sql);
              UUID first = (UUID) rows.row(DOCUMENTS).get("id");
              sql.execute(
                  "insert into documents (id, tenant_id, owner_id, title, created_at, updated_at)"
                      + " select "
                      + (engine == Engine.POSTGRES ? "cast(? as uuid)" : "?")
                      + ", tenant_id, owner_id, 'the second', created_at, updated_at from documents",
                  Ids.next().toString());
              sql.deleteFrom(DOCUMENTS).where(DOCUMENTS.ID.eq(first)).execute();
              return sql.select(DOCUMENTS.ID).from(DOCUMENTS).fetchSingle(DOCUMENTS.ID);
            });
    try (Connection connection = TestDatabases.connection(database);
        Statement statement = connection.createStatement()) {
      statement.execute("vacuum");
    }

    assertThat(having("documents", "title", "second")).containsExactly(kept);
  }
}
