package dev.ledgerstone.db;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The columns with an index over their words, by table: a GIN index of PostgreSQL's, and on SQLite
 * the FTS5 table {@code <table>_fts}, which is asked by a language of its own.
 */
public final class SearchIndex {
  /** Tests hold it against what the migrations make. */
  static final Map<String, List<String>> COLUMNS =
      Map.of(
          "files", List.of("filename", "original_name"),
          "documents", List.of("title", "summary"),
          "content_chunks", List.of("heading", "text"),
          "conversations", List.of("title"),
          "generated_content", List.of("title", "description"),
          "cards", List.of("title", "description"),
          "calendar_events", List.of("title", "description", "location"),
          "tenders", List.of("title", "description"),
          "products", List.of("name", "description", "brand"));

  private SearchIndex() {}

  /**
   * What {@code <table>_fts} is asked, so that it names at least all rows whose column holds a
   * query.
   *
   * @param form fts, plfts, phfts or wfts
   * @return null: the column has no index, or it cannot narrow that query down
   */
  public static @Nullable String match(String table, String column, String form, String query) {
    if (!COLUMNS.getOrDefault(table, List.of()).contains(column)) {
      return null;
    }
    String match = SqliteSearch.match(form, query);
    return match == null ? null : "{" + column + "} : (" + match + ")";
  }
}
