package dev.ledgerstone.ledger;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The rows of {@code idempotency_keys}: claimed with the first attempt's intent, answered or freed
 * with the last one's end.
 */
final class IdempotencyRows {
  private final Dialect dialect;

  IdempotencyRows(Dialect dialect) {
    this.dialect = dialect;
  }

  /**
   * Claims a key for a call.
   *
   * @return the first call's answer, if the key was used before; null: the key is this call's now
   */
  @Nullable Repeat claim(Statements statements, Intent intent, Intent.Idempotency wish, Instant now)
      throws SQLException {
    PreparedStatement insert =
        statements.get(
            """
            insert into idempotency_keys (id, tenant_id, api_key_id, idempotency_key, body_hash, request_id, expires_at, created_at)
            values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (tenant_id, api_key_id, idempotency_key) do nothing""");
    for (int tries = 0; tries < 2; tries++) {
      dialect.set(insert, 1, Ids.next());
      dialect.set(insert, 2, intent.subjects().tenant());
      dialect.set(insert, 3, wish.apiKey());
      insert.setString(4, wish.key());
      insert.setString(5, wish.bodyHash());
      dialect.set(insert, 6, intent.id());
      dialect.set(insert, 7, wish.expiresAt());
      dialect.set(insert, 8, now);
      if (insert.executeUpdate() == 1) {
        return null;
      }
      Repeat repeat = earlier(statements, intent, wish, now);
      if (repeat != null) {
        return repeat;
      }
    }
    throw new SQLException("an idempotency key changed under a lock", "40001");
  }

  /** The earlier call's answer; null if it had expired, and is gone now. */
  private @Nullable Repeat earlier(
      Statements statements, Intent intent, Intent.Idempotency wish, Instant now)
      throws SQLException {
    PreparedStatement select =
        statements.get(
            """
            select id, body_hash, request_id, status, content_type, sealed_answer, expires_at from idempotency_keys
            where tenant_id = ? and api_key_id = ? and idempotency_key = ?"""
                + dialect.forUpdate());
    dialect.set(select, 1, intent.subjects().tenant());
    dialect.set(select, 2, wish.apiKey());
    select.setString(3, wish.key());
    try (ResultSet rows = select.executeQuery()) {
      if (!rows.next()) {
        return null;
      }
      UUID request = dialect.uuid(rows, 3);
      Instant expires = dialect.instant(rows, 7);
      int status = rows.getInt(4);
      boolean isRunning = rows.wasNull();
      if (request == null || expires == null || expires.isBefore(now)) {
        delete(statements, dialect.uuid(rows, 1));
        return null;
      }
      if (!wish.bodyHash().equals(rows.getString(2))) {
        throw new LedgerProblem.KeyReused(request).exception();
      }
      if (isRunning) {
        throw new LedgerProblem.StillRunning(request).exception();
      }
      String sealed = rows.getString(6);
      if (sealed == null) {
        throw new LedgerProblem.AnswerNotKept(request).exception();
      }
      return new Repeat(request, status, rows.getString(5), sealed);
    }
  }

  private void delete(Statements statements, @Nullable UUID id) throws SQLException {
    PreparedStatement delete = statements.get("delete from idempotency_keys where id = ?");
    dialect.set(delete, 1, id);
    delete.executeUpdate();
  }

  /** Frees the key of a call that was not made, or was not answered. */
  void free(Statements statements, UUID root) throws SQLException {
    PreparedStatement delete =
        statements.get("delete from idempotency_keys where request_id = ? and status is null");
    dialect.set(delete, 1, root);
    delete.executeUpdate();
  }

  /** Keeps the answers of calls that ended well, frees the keys of the others. */
  void settle(Statements statements, List<LedgerEntry.Settle> settles) throws SQLException {
    for (LedgerEntry.Settle settle : settles) {
      Outcome.Answer answer = settle.outcome.answer();
      if (answer != null) {
        PreparedStatement update =
            statements.get(
                "update idempotency_keys set status = ?, content_type = ?, sealed_answer = ? where request_id = ? and status is null");
        update.setInt(1, answer.status());
        update.setString(2, answer.contentType());
        update.setString(3, answer.sealed());
        dialect.set(update, 4, settle.line.root());
        update.executeUpdate();
      } else if (settle.outcome.freesKey()) {
        free(statements, settle.line.root());
      }
    }
  }
}
