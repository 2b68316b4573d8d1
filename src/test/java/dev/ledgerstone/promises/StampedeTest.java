package dev.ledgerstone.promises;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.cli.Server;
import dev.ledgerstone.db.Engine;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A server that knows nobody yet, because it has just started, answers many callers at once. */
@ParameterizedClass
@EnumSource(Engine.class)
class StampedeTest {
  private static final int CALLERS = 96;

  private final House house;

  StampedeTest(Engine engine) throws IOException {
    house = new House(engine);
    for (int i = 0; i < CALLERS; i++) {
      house.has("keys", "{ name: caller-%d, key: %s, user: owner }".formatted(i, key(i)));
    }
  }

  @AfterEach
  void close() throws Exception {
    house.close();
  }

  private static String key(int number) {
    return "lsk_test_stampede_%08d".formatted(number);
  }

  @Test
  void everyCallerOfTheFirstMomentIsAnswered() throws Exception {
    Server server = house.open();

    List<Reply> replies =
        Crowd.of(CALLERS, i -> new Client(server.port(), key(i)).ask(Ask.of("chat")));

    assertThat(replies).allMatch(Reply::isAnswered);
    assertThat(house.books.lines()).hasSize(CALLERS);
    house.books.balance();
  }
}
