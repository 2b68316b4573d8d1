package dev.ledgerstone.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A database that is closed while its pools still open connections, as a short command does. */
@ParameterizedClass
@EnumSource(Engine.class)
class ClosingTest {
  private static final Logger POOL = Logger.getLogger("com.zaxxer.hikari.pool.HikariPool");

  private final Database database;

  ClosingTest(Engine engine) {
    database = TestDatabases.empty(engine);
  }

  private static final class Ear extends Handler {
    private final List<String> heard = new CopyOnWriteArrayList<>();

    @Override
    public void publish(LogRecord said) {
      heard.add(said.getMessage());
    }

    @Override
    public void flush() {
      // It keeps what it hears.
    }

    @Override
    public void close() {
      // It keeps what it hears.
    }
  }

  @Test
  void itIsClosedWithoutAWord() throws SQLException {
    Ear ear = new Ear();
    POOL.addHandler(ear);
    try {
      for (int i = 0; i < 20; i++) {
        try (Database soonClosed = Database.open(DatabaseSettings.of(TestDatabases.url(database)));
            Connection one = soonClosed.borrowWriter();
            Connection other = soonClosed.borrowWriter()) {
          assertThat(one).isNotSameAs(other);
        }
      }
    } finally {
      POOL.removeHandler(ear);
    }
    assertThat(ear.heard).isEmpty();
  }
}
