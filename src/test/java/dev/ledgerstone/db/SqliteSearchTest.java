package dev.ledgerstone.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An index over words names every row that holds what is asked for. */
class SqliteSearchTest {
  private static final List<String> WORDS =
      List.of(
          "lease",
          "Lease",
          "LEASED",
          "elm_street",
          "elm",
          "street",
          "m\u00FCnchen",
          "M\u00DCNCHEN",
          "mu\u0308nchen",
          "\u0130stanbul",
          "i\u0307stanbul",
          "x\u00B2",
          "x",
          "1999",
          "\u00BD",
          "na\u00EFve",
          "\u03A3\u0391\u03A3",
          "\u03C3\u03B1\u03C2",
          "\u03C3\u03B1\u03C3",
          "\u30AB\u30BF\u30AB\u30CA",
          "\u6771\u4EAC",
          "\u10D0\u10D1",
          "\u1C90\u1C91",
          "\u212Aelvin",
          "kelvin",
          "_",
          "__a",
          "a",
          "b",
          "\u0915\u093F",
          "\uD801\uDC00",
          "\uD801\uDC28",
          "or",
          "and",
          "not");
  private static final List<String> BETWEEN =
      List.of(" ", ", ", "-", "\u0301 ", " \u0301", ".", "'", "\n", "(", ")", "  ");

  private Connection connection;

  @BeforeEach
  void open() throws SQLException {
    connection = DriverManager.getConnection("jdbc:sqlite::memory:");
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "create virtual table w using fts5 (t, tokenize = 'unicode61 remove_diacritics 0')");
    }
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  @Test
  void noRowThatHoldsAQueryIsPassedOver() throws SQLException {
    Random random = new Random(20260122);
    List<String> texts = new ArrayList<>();
    try (PreparedStatement insert =
        connection.prepareStatement("insert into w (rowid, t) values (?, ?)")) {
      for (int i = 0; i < 400; i++) {
        texts.add(text(random, 1 + random.nextInt(6)));
        insert.setInt(1, i);
        insert.setString(2, texts.get(i));
        insert.executeUpdate();
      }
    }
    int narrowed = 0;
    int held = 0;
    for (int i = 0; i < 2_000; i++) {
      String form = List.of("fts", "plfts", "phfts", "wfts").get(random.nextInt(4));
      String query = form.equals("fts") ? tsquery(random, 3) : text(random, 1 + random.nextInt(3));
      String match = SqliteSearch.match(form, query);
      if (match == null) {
        continue;
      }
      narrowed++;
      List<Integer> named = named(match);
      for (int row = 0; row < texts.size(); row++) {
        if (SqliteSearch.matches(texts.get(row), form, query)) {
          held++;
          assertThat(named).as("%s %s of \"%s\"", form, query, texts.get(row)).contains(row);
        }
      }
    }
    assertThat(narrowed).isGreaterThan(500);
    assertThat(held).isGreaterThan(1_000);
  }

  @ParameterizedTest
  @CsvSource({
    "plfts, 'Elm Street', (\"elm\" AND \"street\")",
    "phfts, 'Elm Street', \"elm street\"",
    "wfts, 'elm -street \"a b\" or c', ((\"elm\" AND \"a b\") OR \"c\")",
    "wfts, -elm, ",
    "wfts, 'a or -b', ",
    "fts, a & !b, \"a\"",
    "fts, a | !b, ",
    "fts, !!a, \"a\"",
    "plfts, a __, \"a\"",
    "plfts, __, ",
    "fts, le:*, \"le\" *",
    "fts, a <-> b, ((\"a\" AND \"b\") AND \"a b\")",
    "plfts, '!?', ",
    "plfts, \u1C90, "
  })
  void whatIsAskedOfTheIndex(String form, String query, String match) {
    assertThat(SqliteSearch.match(form, query)).isEqualTo(match);
  }

  private static String text(Random random, int words) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < words; i++) {
      text.append(WORDS.get(random.nextInt(WORDS.size())));
      text.append(BETWEEN.get(random.nextInt(BETWEEN.size())));
    }
    return text.toString();
  }

  private static String tsquery(Random random, int depth) {
    return switch (depth == 0 ? 0 : random.nextInt(7)) {
      case 1 -> "!" + tsquery(random, depth - 1);
      case 2 -> tsquery(random, depth - 1) + " & " + tsquery(random, depth - 1);
      case 3 -> tsquery(random, depth - 1) + " | " + tsquery(random, depth - 1);
      case 4 -> tsquery(random, depth - 1) + " <-> " + tsquery(random, depth - 1);
      case 5 -> "(" + tsquery(random, depth - 1) + ")";
      case 6 -> WORDS.get(random.nextInt(WORDS.size())).substring(0, 1) + ":*";
      default -> WORDS.get(random.nextInt(WORDS.size()));
    };
  }

  private List<Integer> named(String match) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("select rowid from w where w match ?")) {
      select.setString(1, "{t} : (" + match + ")");
      List<Integer> named = new ArrayList<>();
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          named.add(rows.getInt(1));
        }
      }
      return named;
    }
  }
}
