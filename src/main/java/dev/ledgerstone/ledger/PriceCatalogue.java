package dev.ledgerstone.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The public prices that ship with the server, and which model a name means.
 *
 * <p>Two resources: {@code catalogue.json} is made from genai-prices by {@link CatalogueConversion}
 * and replaced by a refresh; {@code own.json} is kept by hand and goes before it. Immutable.
 */
public final class PriceCatalogue {
  private static final int LONGEST_NAME = 200;

  private final LocalDate date;
  private final Map<String, Shelf> shelves;
  private final int size;

  /** One provider's models. */
  private record Shelf(
      List<CatalogueModel> models, Map<String, CatalogueModel> byName, List<String> fallbacks) {
    Shelf() {
      this(new ArrayList<>(), new HashMap<>(), new ArrayList<>());
    }

    /** A model that was put here before keeps its place. */
    void put(CatalogueModel model) {
      if (byName.putIfAbsent(model.model().toLowerCase(Locale.ROOT), model) == null) {
        models.add(model);
      }
    }

    @Nullable CatalogueModel find(String lowerCaseName) {
      CatalogueModel exact = byName.get(lowerCaseName);
      if (exact != null) {
        return exact;
      }
      for (CatalogueModel model : models) {
        if (model.match().matches(lowerCaseName)) {
          return model;
        }
      }
      return null;
    }
  }

  private PriceCatalogue(LocalDate date, Map<String, Shelf> shelves) {
    this.date = date;
    this.shelves = shelves;
    this.size = shelves.values().stream().mapToInt(shelf -> shelf.models.size()).sum();
  }

  /** The catalogue inside the server; read once, which takes a twentieth of a start. */
  public static PriceCatalogue bundled() {
    return Bundled.CATALOGUE;
  }

  private static final class Bundled {
    static final PriceCatalogue CATALOGUE = of(resource("own.json"), resource("catalogue.json"));
  }

  /**
   * What {@link CatalogueConversion} made of newer prices, behind what we keep by hand.
   *
   * @throws IllegalArgumentException if it is not of that form
   */
  public static PriceCatalogue bundledWith(String converted) {
    try {
      return of(resource("own.json"), new ObjectMapper().readTree(converted));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException("its date is none", e);
    }
  }

  /** A catalogue of two documents; where both have a model, the first one's counts. */
  static PriceCatalogue of(JsonNode own, JsonNode converted) {
    Map<String, Shelf> shelves = new LinkedHashMap<>();
    JsonNode longest = own.path("max_output_tokens");
    read(own, longest, shelves);
    read(converted, longest, shelves);
    return new PriceCatalogue(LocalDate.parse(converted.required("date").textValue()), shelves);
  }

  /** Our name of the catalogue's prices for a kind of provider; null: such a provider has none. */
  public static @Nullable String nameOf(String providerKind) {
    return switch (providerKind) {
      case "OPENAI" -> "openai";
      case "ANTHROPIC" -> "anthropic";
      case "GOOGLE" -> "google";
      case "Z_AI" -> "zai";
      case "OPENROUTER" -> "openrouter";
      case "LOCAL" -> "local";
      default -> null; // META and CUSTOM are spoken by many, at many prices
    };
  }

  /** When the prices were collected. */
  public LocalDate date() {
    return date;
  }

  public Set<String> providers() {
    return Set.copyOf(shelves.keySet());
  }

  /** How many models there are. */
  public int size() {
    return size;
  }

  public List<CatalogueModel> models() {
    return shelves.values().stream().map(Shelf::models).flatMap(Collection::stream).toList();
  }

  /**
   * The model that a name means at a provider: the one so called, else the first that matches, else
   * that of the providers whose models it resells (Azure: OpenAI's and Anthropic's).
   */
  public Optional<CatalogueModel> find(String provider, String name) {
    Shelf shelf = shelves.get(provider);
    if (shelf == null || name.length() > LONGEST_NAME) {
      return Optional.empty();
    }
    String lower = name.toLowerCase(Locale.ROOT);
    CatalogueModel found = shelf.find(lower);
    for (String fallback : shelf.fallbacks) {
      Shelf other = shelves.get(fallback);
      if (found == null && other != null) {
        found = other.find(lower);
      }
    }
    return Optional.ofNullable(found);
  }

  private static JsonNode resource(String name) {
    try (InputStream in = PriceCatalogue.class.getResourceAsStream("/prices/" + name)) {
      if (in == null) {
        throw new IllegalStateException("the server was built without prices/" + name);
      }
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException("prices/" + name + " cannot be read", e);
    }
  }

  private static void read(JsonNode document, JsonNode longest, Map<String, Shelf> shelves) {
    String source = document.required("source").textValue();
    for (Map.Entry<String, JsonNode> provider : document.required("providers").properties()) {
      Shelf shelf = shelves.computeIfAbsent(provider.getKey(), _ -> new Shelf());
      JsonNode maxOutput = longest.path(provider.getKey());
      for (JsonNode fallback : provider.getValue().path("fallbacks")) {
        shelf.fallbacks.add(fallback.textValue());
      }
      for (JsonNode node : provider.getValue().required("models")) {
        CatalogueModel model = model(provider.getKey(), node, source);
        JsonNode tokens = maxOutput.path(model.model());
        shelf.put(tokens.isNumber() ? model.withMaxOutputTokens(tokens.longValue()) : model);
      }
    }
  }

  private static CatalogueModel model(String provider, JsonNode node, String source) {
    String id = node.required("id").textValue();
    List<CatalogueModel.Tier> prices = new ArrayList<>(1);
    for (JsonNode price : node.path("prices")) {
      prices.add(tier(price));
    }
    return new CatalogueModel(
        provider,
        id,
        node.path("name").asText(id),
        node.path("type").asText("LANGUAGE"),
        number(node, "context"),
        number(node, "max_output"),
        node.path("deprecated").booleanValue(),
        node.has("match") ? ModelMatch.of(node.get("match")) : ModelMatch.equal(id),
        prices,
        source,
        node.path("note").textValue());
  }

  private static CatalogueModel.Tier tier(JsonNode price) {
    JsonNode from = price.path("from");
    return new CatalogueModel.Tier(
        from.isTextual()
            ? LocalDate.parse(from.textValue()).atStartOfDay(ZoneOffset.UTC).toInstant()
            : Instant.EPOCH,
        price.path("above").longValue(),
        new Rates(
            price.required("in").longValue(),
            price.required("out").longValue(),
            number(price, "cached"),
            number(price, "write"),
            number(price, "write_1h"),
            number(price, "reasoning"),
            number(price, "audio_in"),
            number(price, "audio_out"),
            number(price, "image"),
            price.path("request").longValue(),
            number(price, "character"),
            number(price, "second")));
  }

  private static @Nullable Long number(JsonNode node, String name) {
    JsonNode value = node.path(name);
    return value.isNumber() ? Long.valueOf(value.longValue()) : null;
  }
}
