package dev.ledgerstone.gateway.cache;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which answers are taken away: those that bear one of the tags, or come from one of the models.
 *
 * @param isAll all of the tenant's, whatever the others say
 */
public record Selection(List<String> tags, List<Model> models, boolean isAll) {
  /** By which answers that a prompt's version made can be taken away; followed by its id. */
  public static final String PROMPT = "prompt:";

  /** The same for those that a document's version went into. */
  public static final String DOCUMENT = "document:";

  /**
   * A model of every provider, or of one.
   *
   * @param provider null: any
   */
  public record Model(@Nullable String provider, String name) {
    /** Reads {@code provider/model}, or a bare model. */
    static List<Model> read(String text) {
      int slash = text.indexOf('/');
      List<Model> models = new ArrayList<>();
      models.add(new Model(null, text)); // a model's own name may hold a slash
      if (slash > 0 && slash < text.length() - 1) {
        models.add(new Model(text.substring(0, slash), text.substring(slash + 1)));
      }
      return models;
    }
  }

  public Selection {
    tags = List.copyOf(tags);
    models = List.copyOf(models);
  }

  boolean takes(StoredAnswer answer) {
    return isAll
        || answer.tags().stream().anyMatch(tags::contains)
        || models.stream()
            .anyMatch(
                model ->
                    model.name.equals(answer.model())
                        && (model.provider == null || model.provider.equals(answer.provider())));
  }
}
