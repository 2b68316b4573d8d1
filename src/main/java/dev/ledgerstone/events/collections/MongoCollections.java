package dev.ledgerstone.events.collections;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.IndexOptions;
import com.mongodb.client.model.Indexes;
import com.mongodb.client.model.Sorts;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.bson.Document;
import org.bson.UuidRepresentation;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;

/**
 * In MongoDB, one collection {@code event_records} for all tenants, by whose {@code (tenant_id,
 * collection_id)} it can be sharded. Its TTL index takes away what is over.
 *
 * <p>{@code data} lies there as a document, for people who look at it; questions are answered by
 * {@code facts}, a list of texts, since an equality of MongoDB's own looks into lists and takes
 * what is missing for null.
 */
public final class MongoCollections implements EventCollections {
  private static final String NAME = "event_records";
  private static final String USUAL_DATABASE = "ledgerstone";
  private static final int PATIENCE_SECONDS = 5;
  private static final int RETRY_SECONDS = 5;

  private final MongoClient client;
  private final MongoCollection<Document> records;

  private MongoCollections(MongoClient client, String database) {
    this.client = client;
    this.records = client.getDatabase(database).getCollection(NAME);
  }

  /**
   * Connects, and makes the indexes that are not there.
   *
   * @param url {@code mongodb://user:secret@host/database}
   */
  public static MongoCollections open(String url) {
    ConnectionString connection = new ConnectionString(url);
    MongoClient client =
        MongoClients.create(
            MongoClientSettings.builder()
                .applyConnectionString(connection)
                .applicationName("ledgerstone")
                .uuidRepresentation(UuidRepresentation.STANDARD)
                .applyToClusterSettings(
                    it -> it.serverSelectionTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .build());
    String database = Objects.requireNonNullElse(connection.getDatabase(), USUAL_DATABASE);
    MongoCollections opened = new MongoCollections(client, database);
    try {
      opened.index();
      return opened;
    } catch (MongoException e) {
      client.close();
      throw unavailable(e);
    }
  }

  private void index() {
    records.createIndex(
        Indexes.ascending("expires_at"), new IndexOptions().expireAfter(0L, TimeUnit.SECONDS));
    records.createIndex(
        Indexes.compoundIndex(
            Indexes.ascending("tenant_id", "collection_id"),
            Indexes.descending("created_at", "_id")));
    records.createIndex(Indexes.ascending("tenant_id", "collection_id", "facts"));
  }

  private static RuntimeException unavailable(MongoException e) {
    return new RequestProblem.Unavailable("the store of event collections", RETRY_SECONDS)
        .exception(e);
  }

  private static <T> T asking(Supplier<T> question) {
    try {
      return question.get();
    } catch (MongoException e) {
      throw unavailable(e);
    }
  }

  /** In order: what a broken insert leaves behind begins with the first. */
  @Override
  public void append(List<EventRecord> appended) {
    List<UUID> ids = appended.stream().map(EventRecord::id).toList();
    try {
      records.insertMany(appended.stream().map(MongoCollections::document).toList());
    } catch (MongoException e) {
      try {
        records.deleteMany(Filters.in("_id", ids)); // all of them, or none
      } catch (MongoException again) {
        e.addSuppressed(again);
      }
      throw unavailable(e);
    }
  }

  private static Document document(EventRecord record) {
    return new Document("_id", record.id())
        .append("tenant_id", record.tenant())
        .append("collection_id", record.collection())
        .append("type", record.type())
        .append("user_id", record.user())
        .append("session_id", record.session())
        .append("subject_table", record.subjectTable())
        .append("subject_id", record.subject())
        .append("data", bson(record.data()))
        .append("facts", Fact.of(record.data()).stream().map(Fact::text).distinct().toList())
        .append("expires_at", date(record.expiresAt()))
        .append("created_at", date(record.createdAt()));
  }

  private static @Nullable Date date(@Nullable Instant at) {
    return at == null ? null : Date.from(at);
  }

  @Override
  public List<EventRecord> find(Question question) {
    List<Bson> where = new ArrayList<>();
    where.add(Filters.eq("tenant_id", question.tenant()));
    where.add(Filters.eq("collection_id", question.collection()));
    // The TTL index comes round once a minute.
    where.add(
        Filters.or(
            Filters.eq("expires_at", null), Filters.gt("expires_at", Date.from(question.now()))));
    question.from().ifPresent(it -> where.add(Filters.gte("created_at", Date.from(it))));
    question.to().ifPresent(it -> where.add(Filters.lt("created_at", Date.from(it))));
    question.type().ifPresent(it -> where.add(Filters.eq("type", it)));
    question.user().ifPresent(it -> where.add(Filters.eq("user_id", it)));
    question.subject().ifPresent(it -> where.add(Filters.eq("subject_id", it)));
    question
        .before()
        .ifPresent(
            it ->
                where.add(
                    Filters.or(
                        Filters.lt("created_at", Date.from(it.createdAt())),
                        Filters.and(
                            Filters.eq("created_at", Date.from(it.createdAt())),
                            Filters.lt("_id", it.id())))));
    question.facts().forEach(it -> where.add(Filters.eq("facts", it.text())));
    return asking(
        () ->
            records
                .find(Filters.and(where))
                .sort(Sorts.descending("created_at", "_id"))
                .limit(question.most())
                .map(MongoCollections::record)
                .into(new ArrayList<>()));
  }

  private static EventRecord record(Document row) {
    Date expires = row.getDate("expires_at");
    return new EventRecord(
        row.get("_id", UUID.class),
        row.get("tenant_id", UUID.class),
        row.get("collection_id", UUID.class),
        row.getString("type"),
        row.get("user_id", UUID.class),
        row.get("session_id", UUID.class),
        row.getString("subject_table"),
        row.get("subject_id", UUID.class),
        (ObjectNode) json(row.get("data", Document.class)),
        expires == null ? null : expires.toInstant(),
        row.getDate("created_at").toInstant());
  }

  @Override
  public long expire(Instant now) {
    return asking(
        () -> records.deleteMany(Filters.lte("expires_at", Date.from(now))).getDeletedCount());
  }

  /** Numbers as JSON has them: whole ones of 64 bits, all others as a double. */
  private static @Nullable Object bson(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> {
        Document document = new Document();
        node.properties().forEach(it -> document.append(it.getKey(), bson(it.getValue())));
        yield document;
      }
      case ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        node.forEach(it -> list.add(bson(it)));
        yield list;
      }
      case NUMBER ->
          node.isIntegralNumber() && node.canConvertToLong()
              ? (Object) node.longValue()
              : (Object) node.doubleValue();
      case BOOLEAN -> node.booleanValue();
      case STRING -> node.textValue();
      case NULL, MISSING, BINARY, POJO -> null;
    };
  }

  private static JsonNode json(@Nullable Object value) {
    JsonNodeFactory make = JsonNodeFactory.instance;
    return switch (value) {
      case null -> make.nullNode();
      case Document document -> {
        ObjectNode object = make.objectNode();
        for (Map.Entry<String, Object> field : document.entrySet()) {
          object.set(field.getKey(), json(field.getValue()));
        }
        yield object;
      }
      case List<?> list -> {
        ArrayNode array = make.arrayNode();
        list.forEach(it -> array.add(json(it)));
        yield array;
      }
      case Integer number -> make.numberNode(number);
      case Long number -> make.numberNode(number);
      case Double number -> make.numberNode(number);
      case Boolean truth -> make.booleanNode(truth);
      default -> make.textNode(value.toString());
    };
  }

  @Override
  public void close() {
    client.close();
  }
}
