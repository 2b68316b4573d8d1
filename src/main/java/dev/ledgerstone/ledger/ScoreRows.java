package dev.ledgerstone.ledger;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows of {@code request_scores} that rules made, in the transaction that ends the line which they
 * are about. They hang from the call's first line; where a rule has scored it before, that score
 * stands.
 */
final class ScoreRows {
  private static final String INSERT =
      """
      insert into request_scores (id, tenant_id, request_id, scorer_kind, scorer, confidence, safety, relevance, created_at)
      values (?, ?, ?, 'RULE', ?, ?, ?, ?, ?) on conflict (tenant_id, request_id, scorer_kind, scorer) do nothing""";

  private final Dialect dialect;

  ScoreRows(Dialect dialect) {
    this.dialect = dialect;
  }

  void add(Statements statements, List<LedgerEntry.Ended> ended, Instant now) throws SQLException {
    PreparedStatement insert = null;
    for (LedgerEntry.Ended each : ended) {
      for (Outcome.Score score : each.outcome().scores()) {
        insert = statements.get(INSERT);
        dialect.set(insert, 1, Ids.next());
        dialect.set(insert, 2, each.line().subjects().tenant());
        dialect.set(insert, 3, each.line().root());
        insert.setString(4, score.scorer());
        dialect.set(insert, 5, score.confidence());
        dialect.set(insert, 6, score.safety());
        dialect.set(insert, 7, score.relevance());
        dialect.set(insert, 8, now);
        insert.addBatch();
      }
    }
    if (insert != null) {
      insert.executeBatch();
    }
  }

  /** A member of the event that tells of the line's end; the rules' names are our own. */
  static String json(List<Outcome.Score> scores) {
    if (scores.isEmpty()) {
      return "";
    }
    StringBuilder json = new StringBuilder(",\"scores\":{");
    String comma = "";
    for (Outcome.Score score : scores) {
      json.append(comma).append('"').append(score.scorer()).append("\":{");
      comma = member(json, "", "confidence", score.confidence());
      comma = member(json, comma, "safety", score.safety());
      member(json, comma, "relevance", score.relevance());
      json.append('}');
      comma = ",";
    }
    return json.append('}').toString();
  }

  private static String member(
      StringBuilder json, String comma, String name, @Nullable Object share) {
    if (share == null) {
      return comma;
    }
    json.append(comma).append('"').append(name).append("\":").append(share);
    return ",";
  }
}
