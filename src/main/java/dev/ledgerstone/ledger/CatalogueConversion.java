package dev.ledgerstone.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.base.Money;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@code prices/catalogue.json} from the prices of genai-prices (MIT): dollars per million
 * become picos, price conditions become rows.
 *
 * <p>Where our rows cannot say what a price says, the dearer reading is taken and the model's note
 * says so: a budget may then hold too much, never too little. What is not charged by rows at all
 * (web searches, say) is named in the note too.
 */
public final class CatalogueConversion {
  /** Their provider ids that we call otherwise. */
  private static final Map<String, String> NAMES = Map.of("x-ai", "xai", "moonshotai", "moonshot");

  private static final BigDecimal PICOS_PER_REQUEST = BigDecimal.valueOf(1_000_000_000);

  /** Price fields that have a place in a row; or a note of their own. */
  private static final Set<String> KNOWN =
      Set.of(
          "input_mtok",
          "output_mtok",
          "cache_read_mtok",
          "cache_write_mtok",
          "cache_write_5m_mtok",
          "cache_write_1h_mtok",
          "output_reasoning_mtok",
          "input_audio_mtok",
          "output_audio_mtok",
          "input_image_mtok",
          "output_image_mtok",
          "input_video_mtok",
          "output_video_mtok",
          "requests_kcount");

  private static final ObjectMapper JSON = new ObjectMapper();

  private CatalogueConversion() {}

  /**
   * Converts.
   *
   * @param providers the content of genai-prices' data.json: a list of providers
   * @param commit of genai-prices, where the content is from
   * @param date of that commit
   * @return the resource's text, one model a line
   * @throws IllegalArgumentException if the content has not the expected form
   */
  public static String convert(JsonNode providers, String commit, LocalDate date) {
    if (!providers.isArray() || providers.isEmpty()) {
      throw new IllegalArgumentException("not a list of providers");
    }
    if (!commit.matches("[0-9a-f]{7,40}")) {
      throw new IllegalArgumentException("not a commit: " + commit);
    }
    StringBuilder out = new StringBuilder(300_000);
    out.append(
        """
        {"source": "catalogue:genai-prices@%s",
         "from": "https://github.com/pydantic/genai-prices",
         "commit": "%s",
         "date": "%s",
         "licence": "MIT, see NOTICE",
         "units": "picos (10^-12 US dollars) per token or request",
         "providers": {"""
            .formatted(commit.substring(0, Math.min(12, commit.length())), commit, date));
    String separator = "\n";
    for (JsonNode provider : providers) {
      String id = text(provider, "id");
      out.append(separator).append("  \"").append(NAMES.getOrDefault(id, id)).append("\": {");
      if (provider.has("fallback_model_providers")) {
        out.append("\"fallbacks\": ").append(provider.get("fallback_model_providers")).append(", ");
      }
      out.append("\"models\": [");
      String comma = "\n";
      for (JsonNode model : provider.required("models")) {
        out.append(comma).append("   ").append(model(id, model));
        comma = ",\n";
      }
      out.append("]}");
      separator = ",\n";
    }
    return out.append("}}\n").toString();
  }

  /** As {@link #convert(JsonNode, String, LocalDate)}, from the text of data.json. */
  public static String convert(String dataJson, String commit, LocalDate date) {
    try {
      return convert(JSON.readTree(dataJson), commit, date);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static ObjectNode model(String provider, JsonNode model) {
    String id = text(model, "id");
    Set<String> notes = new TreeSet<>();
    List<ObjectNode> rows = rows(provider, id, model.required("prices"), notes);
    ObjectNode out = JsonNodeFactory.instance.objectNode().put("id", id);
    String name = model.path("name").asText(id);
    if (!name.equals(id)) {
      out.put("name", name);
    }
    String type = type(provider, id, model.required("prices"));
    if (type != null) {
      out.put("type", type);
    }
    if (model.path("context_window").asLong() > 0) {
      out.put("context", model.path("context_window").asLong());
    }
    if (model.path("deprecated").asBoolean()) {
      out.put("deprecated", true);
    }
    ModelMatch match = ModelMatch.of(model.required("match")); // also says whether it can be read
    if (!match.equals(ModelMatch.equal(id))) {
      out.set("match", model.get("match"));
    }
    out.set("prices", JsonNodeFactory.instance.arrayNode().addAll(rows));
    if (!notes.isEmpty()) {
      out.put("note", String.join("; ", notes));
    }
    return out;
  }

  /** What the prices themselves tell of a model's trade; null: a language model like most. */
  private static @Nullable String type(String provider, String id, JsonNode prices) {
    JsonNode any = prices.isArray() ? prices.path(0).path("prices") : prices;
    if (any.has("output_image_mtok")
        || any.has("output_video_mtok")
        || (any.has("input_image_mtok") && isOfImages(id))) {
      return "CREATIVE";
    }
    if (any.has("output_audio_mtok")) {
      return "AUDIO";
    }
    return any.has("input_mtok") && !any.has("output_mtok") && isEmbedding(provider, id)
        ? "EMBEDDING"
        : null;
  }

  private static boolean isEmbedding(String provider, String id) {
    String name = id.toLowerCase(Locale.ROOT);
    return provider.equals("voyageai") || name.contains("embed") || name.contains("bge-");
  }

  private static boolean isOfImages(String id) {
    return id.contains("image");
  }

  /** The rows of all times and tiers of a model's prices. */
  private static List<ObjectNode> rows(
      String provider, String id, JsonNode prices, Set<String> notes) {
    if (prices.isObject() && prices.isEmpty() && !id.endsWith(":free")) {
      notes.add("the source knows no price");
      return List.of();
    }
    // By the date from which they hold; "" is since ever, and sorts first.
    TreeMap<String, JsonNode> byDate = new TreeMap<>();
    List<JsonNode> byTimeOfDay = new ArrayList<>();
    if (prices.isObject()) {
      byDate.put("", prices);
    } else {
      for (JsonNode conditional : prices) {
        JsonNode constraint = conditional.path("constraint");
        JsonNode price = conditional.required("prices");
        if (constraint.has("start_time")) {
          byTimeOfDay.add(price);
          notes.add("the price depends on the time of day; the dearest counts");
        } else {
          byDate.put(
              constraint.has("start_date")
                  ? LocalDate.parse(text(constraint, "start_date")).toString()
                  : "",
              price);
        }
      }
    }
    List<ObjectNode> rows = new ArrayList<>();
    byDate.forEach(
        (from, price) -> {
          TreeSet<Long> bounds = new TreeSet<>(bounds(price));
          byTimeOfDay.forEach(other -> bounds.addAll(bounds(other)));
          for (long above : bounds) {
            Rates rates = rates(provider, id, price, above, notes);
            for (JsonNode other : byTimeOfDay) {
              rates = rates.dearer(rates(provider, id, other, above, notes));
            }
            rows.add(row(from, above, rates));
          }
        });
    return rows;
  }

  /** The input lengths from which a price has other amounts; 0 is always among them. */
  private static Set<Long> bounds(JsonNode price) {
    Set<Long> bounds = new TreeSet<>(Set.of(0L));
    for (JsonNode amount : price) {
      for (JsonNode tier : amount.path("tiers")) {
        bounds.add(tier.required("start").longValue());
      }
    }
    return bounds;
  }

  /** The price of each kind of token for calls with more input tokens than a bound. */
  private static Rates rates(
      String provider, String id, JsonNode price, long above, Set<String> notes) {
    Long input = picos(price, "input_mtok", above);
    Long output = picos(price, "output_mtok", above);
    if (output == null && input != null && !isEmbedding(provider, id)) {
      notes.add("the source knows no price of output; it counts as input");
      output = input;
    }
    Long seenOut =
        larger(picos(price, "output_image_mtok", above), picos(price, "output_video_mtok", above));
    if (seenOut != null) {
      notes.add("output tokens of text count as those of images or video");
      output = larger(output, seenOut);
    }
    Long seenIn =
        larger(picos(price, "input_image_mtok", above), picos(price, "input_video_mtok", above));
    Long cached = picos(price, "cache_read_mtok", above);
    if (seenIn != null && isOfImages(id)) {
      notes.add("input tokens of text count as those of images");
      input = larger(input, seenIn);
      cached = larger(cached, picos(price, "cache_image_read_mtok", above));
    } else if (seenIn != null) {
      notes.add("input tokens of images and video count as text");
    }
    for (Map.Entry<String, JsonNode> amount : price.properties()) {
      if (!(isOfImages(id) && amount.getKey().equals("cache_image_read_mtok"))) {
        noteUncharged(amount.getKey(), notes);
      }
    }
    return new Rates(
        input == null ? 0 : input,
        output == null ? 0 : output,
        cached,
        larger(picos(price, "cache_write_mtok", above), picos(price, "cache_write_5m_mtok", above)),
        picos(price, "cache_write_1h_mtok", above),
        picos(price, "output_reasoning_mtok", above),
        picos(price, "input_audio_mtok", above),
        picos(price, "output_audio_mtok", above),
        null,
        price.has("requests_kcount")
            ? price
                .get("requests_kcount")
                .decimalValue()
                .multiply(PICOS_PER_REQUEST)
                .longValueExact()
            : 0);
  }

  private static void noteUncharged(String field, Set<String> notes) {
    if (KNOWN.contains(field)) {
      return;
    }
    boolean isCached = field.startsWith("cache_") && field.endsWith("_read_mtok");
    notes.add(field + (isCached ? " counts as cache_read_mtok" : " is not charged"));
  }

  private static ObjectNode row(String from, long above, Rates rates) {
    ObjectNode row = JsonNodeFactory.instance.objectNode();
    if (!from.isEmpty()) {
      row.put("from", from);
    }
    if (above > 0) {
      row.put("above", above);
    }
    row.put("in", rates.inputPicos());
    row.put("out", rates.outputPicos());
    put(row, "cached", rates.cachedInputPicos());
    put(row, "write", rates.cacheWritePicos());
    put(row, "write_1h", rates.cacheWrite1hPicos());
    put(row, "reasoning", rates.reasoningPicos());
    put(row, "audio_in", rates.inputAudioPicos());
    put(row, "audio_out", rates.outputAudioPicos());
    put(row, "image", rates.imagePicos());
    if (rates.requestPicos() > 0) {
      row.put("request", rates.requestPicos());
    }
    return row;
  }

  private static void put(ObjectNode row, String name, @Nullable Long picos) {
    if (picos != null) {
      row.put(name, picos);
    }
  }

  private static @Nullable Long larger(@Nullable Long a, @Nullable Long b) {
    return a == null ? b : b == null ? a : Long.valueOf(Math.max(a, b));
  }

  private static @Nullable Long picos(JsonNode price, String field, long above) {
    JsonNode amount = price.path(field);
    if (amount.isMissingNode()) {
      return null;
    }
    JsonNode dollars = amount;
    if (amount.isObject()) {
      dollars = amount.required("base");
      long highest = 0;
      for (JsonNode tier : amount.required("tiers")) {
        long start = tier.required("start").longValue();
        if (start <= above && start > highest) {
          highest = start;
          dollars = tier.required("price");
        }
      }
    }
    if (!dollars.isNumber() || dollars.doubleValue() < 0) {
      throw new IllegalArgumentException("not a price: " + field + ": " + amount);
    }
    return Money.picosPerToken(dollars.decimalValue());
  }

  private static String text(JsonNode node, String field) {
    String text = node.path(field).textValue();
    if (text == null || text.isEmpty()) {
      throw new IllegalArgumentException("no " + field + " in " + node);
    }
    return text;
  }
}
