package dev.ledgerstone.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.ledgerstone.problem.Problem;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * docs/problems.md lists every problem, and so does problems.json, which the server shows. To write
 * it anew: {@code ./ledgerstone mvn test -Dtest=ProblemsPageTest -Ddocs.write=true}.
 */
class ProblemsPageTest {
  private static final Path PAGE = Path.of("docs/problems.md");
  private static final Path DATA =
      Path.of("src/main/resources/dev/ledgerstone/http/openapi/problems.json");
  private static final String BEGIN = "<!-- The table is written by ProblemsPageTest. -->\n";

  private static final List<Problem> PROBLEMS = problems();

  @Test
  void thePageListsEveryProblem() throws IOException {
    String page = Files.readString(PAGE);
    String expected = page.substring(0, page.indexOf(BEGIN) + BEGIN.length()) + "\n" + table();
    if (Boolean.getBoolean("docs.write")) {
      Files.writeString(PAGE, expected);
    }
    assertThat(Files.readString(PAGE)).isEqualTo(expected);
  }

  /** What {@code /docs/problems} is made of. */
  @Test
  void theServersPagesTellEveryProblem() throws IOException {
    Map<String, Problem> told = new TreeMap<>();
    for (Problem problem : PROBLEMS) {
      told.merge(
          problem.code(),
          problem,
          (one, other) -> cells(one).compareTo(cells(other)) <= 0 ? one : other);
    }
    ObjectNode expected = Json.MAPPER.createObjectNode();
    told.forEach(
        (code, problem) ->
            expected
                .putObject(code)
                .put("status", problem.status())
                .put("detail", problem.detail())
                .put("hint", problem.hint()));
    String text = expected.toPrettyString() + "\n";
    if (Boolean.getBoolean("docs.write")) {
      Files.writeString(DATA, text);
    }
    assertThat(Files.readString(DATA)).isEqualTo(text);
  }

  private static String cells(Problem problem) {
    return problem.detail() + problem.hint();
  }

  @Test
  void aCodeStandsForOneStatus() {
    Map<String, Integer> statuses = new TreeMap<>();
    for (Problem problem : PROBLEMS) {
      Integer earlier = statuses.putIfAbsent(problem.code(), problem.status());
      assertThat(earlier == null ? problem.status() : earlier)
          .as(problem.code())
          .isEqualTo(problem.status());
      assertThat(problem.code()).matches("[a-z][a-z0-9_]*|PGRST\\d{3}|[0-9A-Z]{5}");
      assertThat(problem.hint()).isNotBlank();
    }
    assertThat(statuses).containsKeys("not_found", "internal_error", "database_unavailable");
  }

  private static String table() {
    Map<String, String> rows = new TreeMap<>();
    for (Problem problem : PROBLEMS) {
      rows.merge(
          problem.code(),
          "| <a id=\"%s\"></a>`%s` | %d | %s | %s |%n"
              .formatted(
                  problem.code(),
                  problem.code(),
                  problem.status(),
                  cell(problem.detail()),
                  cell(problem.hint())),
          (one, other) -> one.compareTo(other) <= 0 ? one : other);
    }
    return "| code | status | what happened | how to mend it |\n|---|---|---|---|\n"
        + String.join("", rows.values());
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace('\n', ' ');
  }

  /** One of each problem, its parts filled with their own names. */
  private static List<Problem> problems() {
    return new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            // The generated tables are most of all classes, and hold no problem.
            .withImportOption(it -> !it.contains("/db/schema/"))
            .importPackages("dev.ledgerstone")
            .stream()
            .filter(it -> it.isAssignableTo(Problem.class) && !it.isInterface())
            .map(JavaClass::reflect)
            .flatMap(ProblemsPageTest::examples)
            .toList();
  }

  private static Stream<Problem> examples(Class<?> type) {
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants()).map(Problem.class::cast);
    }
    assertThat(type.isRecord()).as("a problem is a record or an enum: %s", type).isTrue();
    RecordComponent[] parts = type.getRecordComponents();
    try {
      Constructor<?> constructor =
          type.getDeclaredConstructor(
              Arrays.stream(parts).map(RecordComponent::getType).toArray(Class<?>[]::new));
      constructor.setAccessible(true);
      Object[] values = Arrays.stream(parts).map(ProblemsPageTest::example).toArray();
      return Stream.of((Problem) constructor.newInstance(values));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no example of " + type, e);
    }
  }

  private static Object example(RecordComponent part) {
    Class<?> type = part.getType();
    if (type == String.class) {
      return "{" + part.getName() + "}";
    } else if (type == int.class || type == Integer.class) {
      return 1;
    } else if (type == long.class || type == Long.class) {
      return 1L;
    } else if (type == boolean.class) {
      return true;
    } else if (type == UUID.class) {
      return new UUID(0, 0);
    } else if (type == Instant.class) {
      return Instant.EPOCH;
    } else if (type == Duration.class) {
      return Duration.ofSeconds(1);
    } else if (type == Optional.class) {
      return Optional.empty();
    } else if (type == List.class) {
      return List.of();
    } else if (type == Set.class) {
      return Set.of();
    } else if (type == Map.class) {
      return Map.of();
    } else if (type == Path.class) {
      return Path.of("{" + part.getName() + "}");
    } else if (type.isEnum()) {
      return type.getEnumConstants()[0];
    }
    throw new AssertionError("teach ProblemsPageTest an example of " + type + " for " + part);
  }
}
