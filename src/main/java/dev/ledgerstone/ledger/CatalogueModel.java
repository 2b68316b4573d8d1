package dev.ledgerstone.ledger;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the catalogue knows of a model.
 *
 * @param provider the catalogue's name of the provider: openai, anthropic, google, zai, …
 * @param model the canonical name, under which prices stand
 * @param type of ai_models.model_type, or {@link #PRICE_ALONE}
 * @param contextWindow tokens; null: not known
 * @param maxOutputTokens the most that one answer can have; null: not known
 * @param prices in order of {@code validFrom}, then {@code aboveInputTokens}; empty: nobody says
 * @param note what the prices leave out or make simpler; null: nothing
 */
public record CatalogueModel(
    String provider,
    String model,
    String name,
    String type,
    @Nullable Long contextWindow,
    @Nullable Long maxOutputTokens,
    boolean deprecated,
    ModelMatch match,
    List<Tier> prices,
    String source,
    @Nullable String note) {
  /** The type of what is no model: a name under which a quality or a size has its price. */
  static final String PRICE_ALONE = "PRICE";

  public CatalogueModel {
    prices = List.copyOf(prices);
  }

  CatalogueModel withMaxOutputTokens(Long tokens) {
    return new CatalogueModel(
        provider,
        model,
        name,
        type,
        contextWindow,
        tokens,
        deprecated,
        match,
        prices,
        source,
        note);
  }

  /**
   * A price of the model; all with one {@code validFrom} make the price list of that time.
   *
   * @param validFrom {@link Instant#EPOCH}: since ever
   */
  public record Tier(Instant validFrom, long aboveInputTokens, Rates rates) {}
}
