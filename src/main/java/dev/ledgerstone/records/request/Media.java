package dev.ledgerstone.records.request;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * In what an answer is written.
 *
 * @param isStripped whether members that are null are left out
 */
public record Media(Form form, boolean isStripped) {
  /** The form of the whole. */
  public enum Form {
    ARRAY("application/json; charset=utf-8", "application/vnd.pgrst.array+json"),
    OBJECT("application/vnd.pgrst.object+json", "application/vnd.pgrst.object+json"),
    CSV("text/csv; charset=utf-8", "text/csv");

    private final String usual;
    private final String vendor;

    Form(String usual, String vendor) {
      this.usual = usual;
      this.vendor = vendor;
    }
  }

  /** What usual clients accept; there are few such texts. */
  private static final Map<String, Media> USUAL =
      Map.of(
          "*/*", new Media(Form.ARRAY, false),
          "application/json", new Media(Form.ARRAY, false),
          "application/json, text/plain, */*", new Media(Form.ARRAY, false),
          "application/vnd.pgrst.object+json", new Media(Form.OBJECT, false));

  private record Wish(String type, boolean isStripped, double quality) {}

  /** The best of what {@code Accept} (RFC 9110, section 12.5.1) takes. */
  public static Media negotiate(Optional<String> accept) {
    if (accept.isEmpty() || accept.get().isBlank()) {
      return new Media(Form.ARRAY, false);
    }
    Media usual = USUAL.get(accept.get());
    if (usual != null) {
      return usual;
    }
    return wishes(accept.get()).stream()
        .map(Media::of)
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow(() -> new RecordsProblem.NoMediaType(accept.get()).exception());
  }

  private static Optional<Media> of(Wish wish) {
    return switch (wish.type()) {
      case "*/*", "application/*", "application/json" -> Optional.of(new Media(Form.ARRAY, false));
      case "application/vnd.pgrst.array+json", "application/vnd.pgrst.array" ->
          Optional.of(new Media(Form.ARRAY, wish.isStripped()));
      case "application/vnd.pgrst.object+json", "application/vnd.pgrst.object" ->
          Optional.of(new Media(Form.OBJECT, wish.isStripped()));
      case "text/csv", "text/*" -> Optional.of(new Media(Form.CSV, false));
      default -> Optional.empty();
    };
  }

  private static List<Wish> wishes(String accept) {
    List<Wish> wishes = new ArrayList<>();
    for (String each : accept.split(",")) {
      String[] parts = each.strip().toLowerCase(Locale.ROOT).split("\\s*;\\s*");
      boolean isStripped = false;
      double quality = 1;
      for (int i = 1; i < parts.length; i++) {
        if (parts[i].equals("nulls=stripped")) {
          isStripped = true;
        } else if (parts[i].matches("q=\\d(\\.\\d{0,3})?")) {
          quality = Double.parseDouble(parts[i].substring(2));
        }
      }
      if (quality > 0) {
        wishes.add(new Wish(parts[0], isStripped, quality));
      }
    }
    wishes.sort(Comparator.comparingDouble(Wish::quality).reversed());
    return wishes;
  }

  /** What {@code Content-Type} says of it. */
  public String contentType() {
    return isStripped
        ? form.vendor + ";nulls=stripped; charset=utf-8"
        : form == Form.OBJECT ? form.usual + "; charset=utf-8" : form.usual;
  }
}
