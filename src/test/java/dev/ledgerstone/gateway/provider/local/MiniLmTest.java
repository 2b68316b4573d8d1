package dev.ledgerstone.gateway.provider.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class MiniLmTest {
  private static final Embedder EMBEDDER = new Embedder(2, 1 << 20);

  @AfterAll
  static void close() {
    EMBEDDER.close();
  }

  private static Steps steps() {
    return new Steps(new Cancellation(), Duration.ofMinutes(2));
  }

  private static List<float[]> vectors(String... texts) throws UpstreamFailure {
    List<float[]> vectors = new ArrayList<>();
    EMBEDDER.embed(
        List.of(texts),
        steps(),
        (index, vector) -> {
          assertThat(index).isEqualTo(vectors.size());
          vectors.add(vector);
        });
    return vectors;
  }

  private static double likeness(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  @Test
  void agreesWithTheLibrarysOwnEncoder() throws UpstreamFailure {
    System.setProperty("OPT_OUT_TRACKING", "true");
    var library = new AllMiniLmL6V2QuantizedEmbeddingModel(Runnable::run);
    for (String text :
        List.of(
            "a", "The cat sits on the mat.", "Straßenbahn 7 — 14:05 Uhr", "word ".repeat(100))) {
      assertThat(likeness(vectors(text).getFirst(), library.embed(text).content().vector()))
          .as(text)
          .isCloseTo(1, within(1e-4));
    }
  }

  @Test
  void aVectorDoesNotDependOnItsNeighbours() throws UpstreamFailure {
    float[] alone;
    try (Embedder fresh = new Embedder(1, 0)) {
      List<float[]> one = new ArrayList<>();
      fresh.embed(List.of("The deposit is due."), steps(), (_, vector) -> one.add(vector));
      alone = one.getFirst();
    }
    String[] many = new String[40];
    for (int i = 0; i < many.length; i++) {
      many[i] = "Neighbour number " + i + " says much more than the others. ".repeat(i % 5);
    }
    many[17] = "The deposit is due.";
    assertThat(vectors(many).get(17)).containsExactly(alone);
  }

  @Test
  void everyVectorHasLengthOne() throws UpstreamFailure {
    for (float[] vector : vectors("short", " ", "long ".repeat(1000), "x".repeat(5000))) {
      assertThat(vector).hasSize(MiniLm.DIMENSIONS);
      assertThat(likeness(vector, vector)).isCloseTo(1, within(1e-5));
    }
  }

  @Test
  void theEndOfALongTextCountsToo() throws UpstreamFailure {
    String bread = "Knead the dough, let it rise and bake the bread in a hot oven. ".repeat(60);
    String moons = "The moons of Saturn circle the planet beyond its rings of ice. ".repeat(60);
    List<float[]> vectors = vectors(bread, bread + moons, moons);
    assertThat(likeness(vectors.get(0), vectors.get(2))).isLessThan(0.4);
    assertThat(likeness(vectors.get(1), vectors.get(0))).isGreaterThan(0.6);
    assertThat(likeness(vectors.get(1), vectors.get(2))).isGreaterThan(0.6);
  }

  @Test
  void aCancelledCallEndsBetweenSlices() {
    Cancellation cancellation = new Cancellation();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      texts.add("Sentence " + i + " of a text that nobody waits for any more.");
    }
    int[] seen = new int[1];
    assertThatThrownBy(
            () ->
                EMBEDDER.embed(
                    texts,
                    new Steps(cancellation, Duration.ofMinutes(2)),
                    (_, _) -> {
                      seen[0]++;
                      cancellation.cancel(Cancellation.Reason.CLIENT_LEFT);
                    }))
        .isInstanceOfSatisfying(
            UpstreamFailure.class,
            e -> assertThat(e.kind()).isEqualTo(UpstreamFailure.Kind.CANCELLED));
    assertThat(seen[0]).isBetween(1, 8);
  }

  @Test
  void aCallPastItsTimeEnds() {
    assertThatThrownBy(
            () ->
                EMBEDDER.embed(
                    List.of("late"),
                    new Steps(new Cancellation(), Duration.ofNanos(1)),
                    (_, _) -> {}))
        .isInstanceOfSatisfying(
            UpstreamFailure.class,
            e -> assertThat(e.kind()).isEqualTo(UpstreamFailure.Kind.TIMEOUT));
  }
}
