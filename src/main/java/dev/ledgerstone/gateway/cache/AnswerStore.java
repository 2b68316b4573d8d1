package dev.ledgerstone.gateway.cache;

import static dev.ledgerstone.db.schema.Tables.RESPONSE_CACHE_ENTRIES;
import static dev.ledgerstone.db.schema.Tables.REVISIONS;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.schema.tables.records.ResponseCacheEntriesRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** The rows of {@code response_cache_entries}. */
final class AnswerStore {
  /** Under which nodes hear that answers were taken away. */
  static final String REVISION = "cache";

  private static final int PAGE = 500;

  private AnswerStore() {}

  /** An answer to be written, sealed. */
  record Sealed(StoredAnswer answer, String response, @Nullable String question) {
    long bytes() {
      return (long) response.length() + (question == null ? 0 : question.length());
    }
  }

  /** What an answer saved since that was last written. */
  record Saved(UUID tenant, String key, long hits, long nanos) {}

  /** Writes answers, each in place of the one of its key; no key twice. */
  static void write(DSLContext sql, Collection<Sealed> answers, Instant now) {
    for (Sealed each : answers) {
      StoredAnswer answer = each.answer;
      ArrayNode tags = JsonNodeFactory.instance.arrayNode();
      answer.tags().forEach(tags::add);
      ResponseCacheEntriesRecord row = sql.newRecord(RESPONSE_CACHE_ENTRIES);
      row.setId(Ids.next());
      row.setTenantId(answer.tenant());
      row.setKeyHash(answer.key());
      row.setProvider(answer.provider());
      row.setModel(answer.model());
      row.set(
          RESPONSE_CACHE_ENTRIES.EMBEDDING,
          each.question == null ? null : TextNode.valueOf(each.question));
      row.setResponse(each.response);
      row.setTags(tags);
      row.setBytes(each.bytes());
      row.setExpiresAt(answer.expiresAt());
      row.setCreatedAt(answer.createdAt());
      row.setUpdatedAt(now);
      sql.insertInto(RESPONSE_CACHE_ENTRIES)
          .set(row)
          .onConflict(RESPONSE_CACHE_ENTRIES.TENANT_ID, RESPONSE_CACHE_ENTRIES.KEY_HASH)
          .doUpdate()
          .set(RESPONSE_CACHE_ENTRIES.EMBEDDING, DSL.excluded(RESPONSE_CACHE_ENTRIES.EMBEDDING))
          .set(RESPONSE_CACHE_ENTRIES.RESPONSE, DSL.excluded(RESPONSE_CACHE_ENTRIES.RESPONSE))
          .set(RESPONSE_CACHE_ENTRIES.TAGS, DSL.excluded(RESPONSE_CACHE_ENTRIES.TAGS))
          .set(RESPONSE_CACHE_ENTRIES.BYTES, DSL.excluded(RESPONSE_CACHE_ENTRIES.BYTES))
          .set(RESPONSE_CACHE_ENTRIES.EXPIRES_AT, DSL.excluded(RESPONSE_CACHE_ENTRIES.EXPIRES_AT))
          .set(RESPONSE_CACHE_ENTRIES.CREATED_AT, DSL.excluded(RESPONSE_CACHE_ENTRIES.CREATED_AT))
          .set(RESPONSE_CACHE_ENTRIES.UPDATED_AT, now)
          .execute();
    }
  }

  /** The sealed answer of a key that is not over; null: there is none. */
  static @Nullable String find(DSLContext sql, UUID tenant, String key, Instant now) {
    return sql.select(RESPONSE_CACHE_ENTRIES.RESPONSE)
        .from(RESPONSE_CACHE_ENTRIES)
        .where(RESPONSE_CACHE_ENTRIES.TENANT_ID.eq(tenant))
        .and(RESPONSE_CACHE_ENTRIES.KEY_HASH.eq(key))
        .and(RESPONSE_CACHE_ENTRIES.EXPIRES_AT.gt(now))
        .fetchOne(RESPONSE_CACHE_ENTRIES.RESPONSE);
  }

  /** A sealed question and whose answer it has. */
  record AskedBefore(UUID tenant, String key, String sealed, Instant expiresAt, Instant at) {}

  /** Questions whose answers were kept at that time or later, the newest first. */
  static List<AskedBefore> questions(DSLContext sql, Instant since, Instant now, int most) {
    return sql.select(
            RESPONSE_CACHE_ENTRIES.TENANT_ID,
            RESPONSE_CACHE_ENTRIES.KEY_HASH,
            RESPONSE_CACHE_ENTRIES.EMBEDDING,
            RESPONSE_CACHE_ENTRIES.EXPIRES_AT,
            RESPONSE_CACHE_ENTRIES.CREATED_AT)
        .from(RESPONSE_CACHE_ENTRIES)
        .where(RESPONSE_CACHE_ENTRIES.CREATED_AT.ge(since))
        .and(RESPONSE_CACHE_ENTRIES.EMBEDDING.isNotNull())
        .and(RESPONSE_CACHE_ENTRIES.EXPIRES_AT.gt(now))
        .orderBy(RESPONSE_CACHE_ENTRIES.CREATED_AT.desc())
        .limit(most)
        .fetch(
            row ->
                new AskedBefore(
                    row.value1(), row.value2(), row.value3().asText(), row.value4(), row.value5()));
  }

  static void count(DSLContext sql, Collection<Saved> saved, Instant now) {
    for (Saved each : saved) {
      sql.update(RESPONSE_CACHE_ENTRIES)
          .set(RESPONSE_CACHE_ENTRIES.HITS, RESPONSE_CACHE_ENTRIES.HITS.plus(each.hits))
          .set(
              RESPONSE_CACHE_ENTRIES.SAVED_NANOS,
              RESPONSE_CACHE_ENTRIES.SAVED_NANOS.plus(each.nanos))
          .set(RESPONSE_CACHE_ENTRIES.UPDATED_AT, now)
          .where(RESPONSE_CACHE_ENTRIES.TENANT_ID.eq(each.tenant))
          .and(RESPONSE_CACHE_ENTRIES.KEY_HASH.eq(each.key))
          .execute();
    }
  }

  /** Takes answers away, and tells the other nodes; returns their keys. */
  static List<String> remove(DSLContext sql, UUID tenant, Selection selection) {
    Dialect dialect = Dialect.of(sql);
    Condition wanted = DSL.falseCondition();
    for (String tag : selection.tags()) {
      wanted = wanted.or(dialect.holds(RESPONSE_CACHE_ENTRIES.TAGS, tag));
    }
    for (Selection.Model model : selection.models()) {
      Condition same = RESPONSE_CACHE_ENTRIES.MODEL.eq(model.name());
      wanted =
          wanted.or(
              model.provider() == null
                  ? same
                  : same.and(RESPONSE_CACHE_ENTRIES.PROVIDER.eq(model.provider())));
    }
    Condition where = RESPONSE_CACHE_ENTRIES.TENANT_ID.eq(tenant);
    List<String> keys =
        sql.deleteFrom(RESPONSE_CACHE_ENTRIES)
            .where(selection.isAll() ? where : where.and(wanted))
            .returning(RESPONSE_CACHE_ENTRIES.KEY_HASH)
            .fetch(RESPONSE_CACHE_ENTRIES.KEY_HASH);
    sql.update(REVISIONS)
        .set(REVISIONS.REVISION, REVISIONS.REVISION.plus(1))
        .where(REVISIONS.NAME.eq(REVISION))
        .execute();
    return keys;
  }

  /** Deletes what is over, then the oldest until the rest is within the bound. */
  static int prune(DSLContext sql, long mostBytes, Instant now) {
    int deleted =
        sql.deleteFrom(RESPONSE_CACHE_ENTRIES)
            .where(RESPONSE_CACHE_ENTRIES.EXPIRES_AT.le(now))
            .execute();
    Long sum =
        sql.select(DSL.sum(RESPONSE_CACHE_ENTRIES.BYTES))
            .from(RESPONSE_CACHE_ENTRIES)
            .fetchOne(0, Long.class);
    long excess = (sum == null ? 0 : sum) - mostBytes;
    while (excess > 0) {
      List<UUID> oldest = new ArrayList<>();
      for (var row :
          sql.select(RESPONSE_CACHE_ENTRIES.ID, RESPONSE_CACHE_ENTRIES.BYTES)
              .from(RESPONSE_CACHE_ENTRIES)
              .orderBy(RESPONSE_CACHE_ENTRIES.CREATED_AT)
              .limit(PAGE)) {
        if (excess > 0) {
          oldest.add(row.value1());
          excess -= row.value2();
        }
      }
      if (oldest.isEmpty()) {
        break;
      }
      deleted +=
          sql.deleteFrom(RESPONSE_CACHE_ENTRIES)
              .where(RESPONSE_CACHE_ENTRIES.ID.in(oldest))
              .execute();
    }
    return deleted;
  }

  /** How a tenant's answers of one model stand. */
  record Sums(
      String provider,
      String model,
      long entries,
      long semanticEntries,
      long bytes,
      long hits,
      long savedNanos) {}

  static List<Sums> sums(DSLContext sql, UUID tenant, Instant now) {
    return sql.select(
            RESPONSE_CACHE_ENTRIES.PROVIDER,
            RESPONSE_CACHE_ENTRIES.MODEL,
            DSL.count(),
            DSL.count(RESPONSE_CACHE_ENTRIES.EMBEDDING),
            DSL.sum(RESPONSE_CACHE_ENTRIES.BYTES),
            DSL.sum(RESPONSE_CACHE_ENTRIES.HITS),
            DSL.sum(RESPONSE_CACHE_ENTRIES.SAVED_NANOS))
        .from(RESPONSE_CACHE_ENTRIES)
        .where(RESPONSE_CACHE_ENTRIES.TENANT_ID.eq(tenant))
        .and(RESPONSE_CACHE_ENTRIES.EXPIRES_AT.gt(now))
        .groupBy(RESPONSE_CACHE_ENTRIES.PROVIDER, RESPONSE_CACHE_ENTRIES.MODEL)
        .orderBy(RESPONSE_CACHE_ENTRIES.PROVIDER, RESPONSE_CACHE_ENTRIES.MODEL)
        .fetch(
            row ->
                new Sums(
                    row.value1(),
                    row.value2(),
                    row.value3(),
                    row.value4(),
                    whole(row, 4),
                    whole(row, 5),
                    whole(row, 6)));
  }

  private static long whole(Record row, int at) {
    Long value = row.get(at, Long.class);
    return value == null ? 0 : value;
  }
}
