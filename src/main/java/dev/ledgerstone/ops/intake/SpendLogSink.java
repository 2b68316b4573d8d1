package dev.ledgerstone.ops.intake;

import static dev.ledgerstone.db.schema.Tables.USERS;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.SeedRows;
import dev.ledgerstone.ledger.BroughtLine;
import dev.ledgerstone.ledger.BroughtLines;
import dev.ledgerstone.ledger.RequestStatus;
import dev.ledgerstone.ledger.RequestType;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Rows of LiteLLM's table {@code LiteLLM_SpendLogs} as lines of the ledger. What it calls {@code
 * spend} is the cost, to the nano; a line's id is made of its {@code request_id}, so that a row
 * that comes twice, in one file or in two, is there once.
 */
public final class SpendLogSink implements Sink<BroughtLine> {
  private static final String SOURCE = "litellm";

  private final Database database;
  private final Clock clock;
  private final UUID tenant;
  private final UUID user;
  private final Map<String, UUID> users = new HashMap<>();
  private final BroughtLines lines;

  /**
   * @param user to whom lines are put down whose {@code user} is the name of none of the tenant's
   */
  public SpendLogSink(Database database, Clock clock, UUID tenant, UUID user) {
    this.database = database;
    this.clock = clock;
    this.tenant = tenant;
    this.user = user;
    this.lines = new BroughtLines(database.dialect(), SOURCE);
    database.read(
        sql -> {
          sql.select(USERS.USERNAME_KEY, USERS.ID)
              .from(USERS)
              .where(USERS.TENANT_ID.eq(tenant))
              .forEach(row -> users.put(row.value1(), row.value2()));
          return null;
        });
  }

  @Override
  public String table() {
    return "ai_requests";
  }

  @Override
  public String identity() {
    return SOURCE + " " + user;
  }

  @Override
  public BroughtLine take(ObjectNode record) throws Rejected {
    Fields fields = new Fields(record);
    String request = fields.required("request_id");
    Instant started = fields.time("startTime");
    Instant finished = fields.text("endTime") == null ? started : fields.time("endTime");
    if (finished.isBefore(started) || started.toEpochMilli() <= 0) {
      throw new Rejected("endTime: is before startTime");
    }
    String first = fields.text("completionStartTime");
    Instant firstToken = first == null ? finished : fields.time("completionStartTime");
    long cost = Fields.nanos("spend", fields.text("spend"));
    String model = fields.text("model");
    String requested = fields.text("model_group");
    String known = model == null ? (requested == null ? "unknown" : requested) : model;
    int slash = known.indexOf('/');
    String provider = fields.text("custom_llm_provider");
    String name = fields.text("user");
    long input = fields.count("prompt_tokens");
    long output = fields.count("completion_tokens");
    return new BroughtLine(
        SeedRows.id(tenant, SOURCE + "/" + request, started),
        tenant,
        name == null ? user : users.getOrDefault(name.toLowerCase(Locale.ROOT), user),
        provider == null ? (slash > 0 ? known.substring(0, slash) : "unknown") : provider,
        slash > 0 && provider != null && known.startsWith(provider + "/")
            ? known.substring(slash + 1)
            : known,
        requested == null ? known : requested,
        type(fields.text("call_type")),
        "failure".equals(fields.text("status")) ? RequestStatus.FAILED : RequestStatus.COMPLETED,
        firstToken.isAfter(started) && firstToken.isBefore(finished),
        "true".equalsIgnoreCase(fields.text("cache_hit")),
        input,
        output,
        0,
        cost,
        inputShare(record, cost, output),
        first == null ? null : micros(started, firstToken),
        micros(started, finished),
        tags(record, fields, name),
        request,
        fields.text("requester_ip_address"),
        started,
        finished);
  }

  private static long micros(Instant from, Instant to) {
    return Math.max(0, Duration.between(from, to).toNanos() / 1000);
  }

  private static RequestType type(@Nullable String call) {
    return switch (call == null ? "" : call) {
      case "embedding", "aembedding" -> RequestType.EMBEDDING;
      case "text_completion", "atext_completion" -> RequestType.COMPLETION;
      case "image_generation", "aimage_generation" -> RequestType.IMAGE;
      case "speech", "aspeech" -> RequestType.SPEECH;
      case "transcription", "atranscription" -> RequestType.TRANSCRIPTION;
      case "moderation", "amoderation" -> RequestType.MODERATION;
      case "responses", "aresponses" -> RequestType.RESPONSE;
      case "anthropic_messages" -> RequestType.MESSAGE;
      default -> RequestType.CHAT;
    };
  }

  /** What the row's own breakdown says; without one the whole is the output's, if there was any. */
  private static long inputShare(ObjectNode record, long cost, long output) throws Rejected {
    JsonNode breakdown = tree(record.path("metadata")).path("cost_breakdown");
    if (breakdown.path("input_cost").isNumber()) {
      return Math.min(cost, Fields.nanos("cost_breakdown", breakdown.path("input_cost").asText()));
    }
    return output == 0 ? cost : 0;
  }

  private static List<String> tags(ObjectNode record, Fields fields, @Nullable String name) {
    List<String> tags = new ArrayList<>();
    for (JsonNode tag : tree(record.path("request_tags"))) {
      if (tag.isTextual()) {
        tags.add(tag.asText());
      }
    }
    String team = fields.text("team_id");
    if (team != null) {
      tags.add("team=" + team);
    }
    String end = fields.text("end_user");
    if (end != null) {
      tags.add("end_user=" + end);
    }
    if (name != null) {
      tags.add("user=" + name);
    }
    return tags;
  }

  /** JSON columns come as JSON, or as text that is JSON. */
  private static JsonNode tree(JsonNode value) {
    if (!value.isTextual()) {
      return value;
    }
    try {
      return RecordReader.MAPPER.readTree(value.textValue());
    } catch (JsonProcessingException _) {
      return value;
    }
  }

  @Override
  public long write(Connection connection, List<Taken<BroughtLine>> records, Rejections rejections)
      throws SQLException {
    BroughtLines.Written written =
        lines.write(
            database.on(connection),
            connection,
            records.stream().map(Taken::value).toList(),
            clock.instant());
    for (Taken<BroughtLine> record : records) {
      if (written.late().contains(record.value().id())) {
        rejections.add(
            record,
            "startTime: lines of its time have been let go by retention; if this one was among them, it would count twice");
      }
    }
    return written.there();
  }
}
