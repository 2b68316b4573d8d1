package dev.ledgerstone.gateway.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class NeighboursTest {
  private static final UUID TENANT = new UUID(1, 1);
  private final Random random = new Random(7);

  @Test
  void theNearestAreFoundAsByComparingWithAll() {
    Neighbours neighbours = new Neighbours(10_000);
    List<Neighbours.Entry> all = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      Neighbours.Entry entry = entry("scope", "k" + i, random());
      all.add(entry);
      neighbours.add(entry);
    }
    for (int i = 0; i < 200; i++) {
      float[] near = numbers(all.get(random.nextInt(all.size())).question().vector());
      for (int at = 0; at < near.length; at++) {
        near[at] += (float) random.nextGaussian() * 22;
      }
      Vector wanted = Vector.of(near);
      List<String> expected =
          all.stream()
              .filter(each -> each.question().vector().cosine(wanted) >= 0.8)
              .map(Neighbours.Entry::key)
              .toList();
      assertThat(neighbours.find("scope", wanted, 0.8))
          .extracting(found -> found.entry().key())
          .containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  @Test
  void aScopeSeesItsOwnAlone() {
    Neighbours neighbours = new Neighbours(10);
    Vector vector = random();
    neighbours.add(entry("one", "a", vector));
    assertThat(neighbours.find("other", vector, 0.5)).isEmpty();
    assertThat(neighbours.find("one", vector, 0.99)).hasSize(1);
  }

  @Test
  void theOldestGoFirstAndNothingIsLeftOfThem() {
    Neighbours neighbours = new Neighbours(100);
    List<Vector> vectors = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      vectors.add(random());
      neighbours.add(entry("scope" + i % 7, "k" + i, vectors.get(i)));
      neighbours.add(entry("scope" + i % 7, "k" + i, vectors.get(i))); // again: in its own place
    }
    assertThat(neighbours.size()).isEqualTo(100);
    assertThat(neighbours.find("scope1", vectors.get(1), 0.9)).isEmpty();
    assertThat(neighbours.find("scope" + 999 % 7, vectors.get(999), 0.9)).hasSize(1);
    for (int i = 0; i < 1_000; i++) {
      neighbours.remove(TENANT, "k" + i);
    }
    assertThat(neighbours.size()).isZero();
  }

  private Vector random() {
    float[] numbers = new float[Vector.DIMENSIONS];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return Vector.of(numbers);
  }

  private static float[] numbers(Vector vector) {
    byte[] bytes = vector.bytes();
    float[] numbers = new float[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      numbers[i] = bytes[i];
    }
    return numbers;
  }

  private static Neighbours.Entry entry(String scope, String key, Vector vector) {
    return new Neighbours.Entry(
        TENANT, key, new StoredAnswer.Question(scope, List.of(key), vector), Instant.MAX);
  }
}
