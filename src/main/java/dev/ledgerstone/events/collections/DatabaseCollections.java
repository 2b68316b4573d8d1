package dev.ledgerstone.events.collections;

import static dev.ledgerstone.db.schema.Tables.EVENT_RECORDS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.schema.tables.records.EventRecordsRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.impl.DSL;

/** Beside all else, in the table {@code event_records}. */
public final class DatabaseCollections implements EventCollections {
  /** Rows of one transaction: others want to write too. */
  private static final int MOST_EXPIRED = 2000;

  private final Database database;

  public DatabaseCollections(Database database) {
    this.database = database;
  }

  @Override
  public void append(List<EventRecord> records) {
    database.write(
        sql -> sql.batchInsert(records.stream().map(DatabaseCollections::row).toList()).execute());
  }

  private static EventRecordsRecord row(EventRecord record) {
    EventRecordsRecord row = new EventRecordsRecord();
    row.setId(record.id());
    row.setTenantId(record.tenant());
    row.setCollectionId(record.collection());
    row.set(EVENT_RECORDS.TYPE, record.type());
    row.set(EVENT_RECORDS.USER_ID, record.user());
    row.set(EVENT_RECORDS.SESSION_ID, record.session());
    row.set(EVENT_RECORDS.SUBJECT_TABLE, record.subjectTable());
    row.set(EVENT_RECORDS.SUBJECT_ID, record.subject());
    row.setData(record.data());
    row.set(EVENT_RECORDS.EXPIRES_AT, record.expiresAt());
    row.setCreatedAt(record.createdAt());
    return row;
  }

  @Override
  public List<EventRecord> find(Question question) {
    List<Condition> where = new ArrayList<>();
    where.add(EVENT_RECORDS.TENANT_ID.eq(question.tenant()));
    where.add(EVENT_RECORDS.COLLECTION_ID.eq(question.collection()));
    where.add(EVENT_RECORDS.EXPIRES_AT.isNull().or(EVENT_RECORDS.EXPIRES_AT.gt(question.now())));
    question.from().ifPresent(it -> where.add(EVENT_RECORDS.CREATED_AT.ge(it)));
    question.to().ifPresent(it -> where.add(EVENT_RECORDS.CREATED_AT.lt(it)));
    question.type().ifPresent(it -> where.add(EVENT_RECORDS.TYPE.eq(it)));
    question.user().ifPresent(it -> where.add(EVENT_RECORDS.USER_ID.eq(it)));
    question.subject().ifPresent(it -> where.add(EVENT_RECORDS.SUBJECT_ID.eq(it)));
    question
        .before()
        .ifPresent(
            it ->
                where.add(
                    EVENT_RECORDS
                        .CREATED_AT
                        .le(it.createdAt())
                        .and(
                            DSL.row(EVENT_RECORDS.CREATED_AT, EVENT_RECORDS.ID)
                                .lt(it.createdAt(), it.id()))));
    question.facts().forEach(it -> where.add(holds(it)));
    return database.read(
        sql ->
            sql.selectFrom(EVENT_RECORDS)
                .where(where)
                .orderBy(EVENT_RECORDS.CREATED_AT.desc(), EVENT_RECORDS.ID.desc())
                .limit(question.most())
                .fetch(DatabaseCollections::record));
  }

  private static EventRecord record(EventRecordsRecord row) {
    return new EventRecord(
        row.getId(),
        row.getTenantId(),
        row.getCollectionId(),
        row.getType(),
        row.getUserId(),
        row.getSessionId(),
        row.getSubjectTable(),
        row.getSubjectId(),
        (ObjectNode) row.getData(),
        row.getExpiresAt(),
        row.getCreatedAt());
  }

  private Condition holds(Fact fact) {
    return switch (database.engine()) {
      case POSTGRES ->
          DSL.condition(
              "{0} @> cast({1} as jsonb)", EVENT_RECORDS.DATA, DSL.val(tree(fact).toString()));
      case SQLITE -> extracted(fact);
    };
  }

  /** An object that holds nothing but the fact. */
  private static JsonNode tree(Fact fact) {
    JsonNode tree = fact.value();
    for (String name : fact.path().reversed()) {
      tree = JsonNodeFactory.instance.objectNode().set(name, tree);
    }
    return tree;
  }

  private static Condition extracted(Fact fact) {
    Field<String> path =
        DSL.val(
            fact.path().stream()
                .map(name -> ".\"" + name + "\"")
                .collect(Collectors.joining("", "$", "")));
    Field<String> kind = DSL.field("json_type({0}, {1})", String.class, EVENT_RECORDS.DATA, path);
    Field<Object> value = DSL.field("json_extract({0}, {1})", EVENT_RECORDS.DATA, path);
    JsonNode wanted = fact.value();
    return switch (wanted.getNodeType()) {
      case STRING ->
          kind.eq(DSL.inline("text")).and(DSL.condition("{0} = {1}", value, wanted.textValue()));
      case NUMBER ->
          kind.in(DSL.inline("integer"), DSL.inline("real"))
              .and(
                  DSL.condition(
                      "{0} = {1}",
                      value,
                      wanted.canConvertToExactIntegral() && wanted.canConvertToLong()
                          ? DSL.val(wanted.longValue())
                          : DSL.val(wanted.doubleValue())));
      case BOOLEAN -> kind.eq(DSL.inline(wanted.booleanValue() ? "true" : "false"));
      case NULL -> kind.eq(DSL.inline("null"));
      case ARRAY, OBJECT, BINARY, MISSING, POJO ->
          throw new IllegalArgumentException("not a value: " + wanted.getNodeType());
    };
  }

  @Override
  public long expire(Instant now) {
    long all = 0;
    int gone;
    do {
      List<UUID> over =
          database.read(
              sql ->
                  sql.select(EVENT_RECORDS.ID)
                      .from(EVENT_RECORDS)
                      .where(EVENT_RECORDS.EXPIRES_AT.le(now))
                      .orderBy(EVENT_RECORDS.EXPIRES_AT)
                      .limit(MOST_EXPIRED)
                      .fetch(EVENT_RECORDS.ID));
      gone =
          over.isEmpty()
              ? 0
              : database.write(
                  sql -> sql.deleteFrom(EVENT_RECORDS).where(EVENT_RECORDS.ID.in(over)).execute());
      all += gone;
    } while (gone == MOST_EXPIRED);
    return all;
  }

  /** The database is not its own. */
  @Override
  public void close() {}
}
