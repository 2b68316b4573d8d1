package dev.ledgerstone.cli;

import dev.ledgerstone.audit.Sealer;
import dev.ledgerstone.events.collections.DatabaseCollections;
import dev.ledgerstone.events.collections.EventCollections;
import dev.ledgerstone.events.collections.MongoCollections;
import dev.ledgerstone.jobs.Jobs;
import dev.ledgerstone.notify.Webhooks;
import dev.ledgerstone.ops.Retention;
import dev.ledgerstone.settings.Settings;
import java.time.Duration;

/** What goes on beside requests: work that runs later, and who hears of events. */
final class JobsWiring {
  private JobsWiring() {}

  /** Work that runs later; each room registers its types and schedules, then it starts. */
  static Jobs jobs(Foundation on) {
    Settings settings = on.settings();
    Sealer sealer = on.add(new Sealer(on.database(), on.vault(), on.clock()).start());
    Duration drain = Duration.ofSeconds(settings.server().drainSeconds());
    Jobs jobs =
        on.add(
            new Jobs(
                on.database(),
                on.clock(),
                Jobs.Settings.of(settings.jobs().concurrency(), settings.jobs().deadAfter(), drain),
                on.directory().nodeName(),
                on.metrics().registry()));
    Retention retention =
        new Retention(
            on.database(),
            sealer,
            settings.dataDirectory().resolve(RetentionCommand.ARCHIVE),
            on.clock());
    Upkeep.register(jobs, on.database(), retention, on.clock(), settings.jobs().keep());
    return jobs;
  }

  static Webhooks webhooks(Foundation on) {
    Webhooks webhooks =
        on.add(
            new Webhooks(
                    on.database(),
                    on.vault(),
                    on.settings().webhooks().allowPrivate(),
                    Tls.usual(),
                    Version.text(),
                    on.clock())
                .start());
    on.metrics().eventLag("webhooks", webhooks::lag);
    return webhooks;
  }

  static EventCollections collections(Foundation on) {
    String url = on.settings().events().url();
    return on.add(
        url.equals("database:")
            ? new DatabaseCollections(on.database())
            : MongoCollections.open(url));
  }
}
