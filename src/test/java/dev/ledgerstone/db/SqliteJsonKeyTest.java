package dev.ledgerstone.db;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** JSON on SQLite has the order that jsonb has on PostgreSQL. */
class SqliteJsonKeyTest {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** Each before the next. */
  private static final List<String> IN_ORDER =
      List.of(
          "[]", // for historical reasons, as its documentation says
          "null",
          "\"\"",
          "\"\\u0001\"",
          "\"a\"",
          "\"ab\"",
          "\"b\"",
          "-1e300",
          "-10",
          "-2",
          "-1.5",
          "-1",
          "-0.001",
          "0",
          "0.001",
          "0.0011",
          "1",
          "1.5",
          "9",
          "10",
          "9007199254740993",
          "1e300",
          "false",
          "true",
          "[null]",
          "[[]]",
          "[1, 2]",
          "[2, 0]",
          "{}",
          "{\"a\": 1}",
          "{\"a\": 2}",
          "{\"b\": 0}",
          "{\"a\": 1, \"b\": 1}");

  @Test
  void theOrderIsThatOfTheList() {
    for (int i = 0; i < IN_ORDER.size(); i++) {
      for (int j = 0; j < IN_ORDER.size(); j++) {
        assertThat(order(IN_ORDER.get(i), IN_ORDER.get(j)))
            .as("%s and %s", IN_ORDER.get(i), IN_ORDER.get(j))
            .isEqualTo(Integer.compare(i, j));
      }
    }
  }

  @Test
  void whatIsEqualHasOneKey() {
    assertThat(SqliteJsonKey.of("1.0")).isEqualTo(SqliteJsonKey.of("1"));
    assertThat(SqliteJsonKey.of("100")).isEqualTo(SqliteJsonKey.of("1E+2"));
    assertThat(SqliteJsonKey.of("-0.0")).isEqualTo(SqliteJsonKey.of("0"));
    assertThat(SqliteJsonKey.of("{\"b\": 1, \"a\": 2}"))
        .isEqualTo(SqliteJsonKey.of("{\"a\":2,\"b\":1}"));
  }

  /** Letters of one case alone: of others the collation of a database decides. */
  @Test
  void postgresOrdersAnythingAlike() {
    Random random = new Random(20_261_122L);
    Database postgres = TestDatabases.fresh(Engine.POSTGRES);
    int different = 0;
    for (int i = 0; i < 2_000; i++) {
      String one = tree(random, 3).toString();
      String other = tree(random, 3).toString();
      int there =
          postgres.readJdbc(
              connection -> {
                try (PreparedStatement statement =
                    connection.prepareStatement(
                        "select case when a < b then -1 when a > b then 1 else 0 end from (select ?::jsonb as a, ?::jsonb as b) x")) {
                  statement.setString(1, one);
                  statement.setString(2, other);
                  try (ResultSet rows = statement.executeQuery()) {
                    rows.next();
                    return rows.getInt(1);
                  }
                }
              });
      assertThat(order(one, other)).as("%s and %s", one, other).isEqualTo(there);
      different += there == 0 ? 0 : 1;
    }
    assertThat(different).isBetween(500, 1_999); // some are equal
  }

  /** As SQLite compares texts: by the bytes of UTF-8. */
  private static int order(String one, String other) {
    return Integer.signum(
        java.util.Arrays.compareUnsigned(
            SqliteJsonKey.of(one).getBytes(java.nio.charset.StandardCharsets.UTF_8),
            SqliteJsonKey.of(other).getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }

  private static JsonNode tree(Random random, int depth) {
    return switch (random.nextInt(depth == 0 ? 4 : 6)) {
      case 0 -> random.nextBoolean() ? JSON.nullNode() : JSON.booleanNode(random.nextBoolean());
      case 1 -> JSON.textNode(word(random));
      case 2 -> JSON.numberNode(random.nextInt(-12, 12));
      case 3 -> JSON.numberNode(BigDecimal.valueOf(random.nextInt(-50, 50), random.nextInt(-2, 4)));
      case 4 -> {
        ArrayNode array = JSON.arrayNode();
        for (int i = random.nextInt(3); i > 0; i--) {
          array.add(tree(random, depth - 1));
        }
        yield array;
      }
      default -> {
        ObjectNode object = JSON.objectNode();
        for (int i = random.nextInt(3); i > 0; i--) {
          object.set(word(random), tree(random, depth - 1));
        }
        yield object;
      }
    };
  }

  private static String word(Random random) {
    StringBuilder word = new StringBuilder();
    for (int i = random.nextInt(3); i > 0; i--) {
      word.append((char) ('a' + random.nextInt(3)));
    }
    return word.toString();
  }
}
