package dev.ledgerstone.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TroubleTest {
  private static final String NAME = "trouble-test";

  private final Logger logger = Logger.getLogger(NAME);
  private final List<LogRecord> told = new ArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          told.add(line);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };
  private final Trouble trouble = new Trouble(System.getLogger(NAME), "the tide cannot be read");

  @BeforeEach
  void listen() {
    logger.setLevel(Level.FINE);
    logger.setUseParentHandlers(false);
    logger.addHandler(handler);
  }

  @AfterEach
  void leave() {
    logger.removeHandler(handler);
  }

  private static void fail() {
    throw new IllegalStateException("no gauge");
  }

  @Test
  void anOutageIsTwoLinesHoweverLongItLasts() {
    trouble.tell(() -> {});
    for (int i = 0; i < 1000; i++) {
      trouble.tell(TroubleTest::fail);
    }
    trouble.tell(() -> {});
    trouble.tell(() -> {});

    assertThat(told.stream().filter(line -> !line.getLevel().equals(Level.FINE)))
        .extracting(LogRecord::getLevel)
        .containsExactly(Level.WARNING, Level.INFO);
    assertThat(told).hasSize(1001);
    assertThat(told.getFirst().getMessage()).contains("the tide cannot be read");
    assertThat(told.getFirst().getThrown()).hasMessage("no gauge");
  }

  @Test
  void theNextOutageIsToldAgain() {
    for (int i = 0; i < 3; i++) {
      trouble.tell(TroubleTest::fail);
      trouble.passed();
    }

    assertThat(told.stream().map(LogRecord::getLevel).filter(Level.WARNING::equals)).hasSize(3);
  }
}
