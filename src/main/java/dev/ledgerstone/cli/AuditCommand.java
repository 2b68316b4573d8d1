package dev.ledgerstone.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.audit.Verification;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.vault.Vault;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code audit}. */
@Command(name = "audit", description = "The log of who changed what.")
final class AuditCommand {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Main main;

  @Command(
      description =
          "Proves the log by its seals: finds an entry that was changed, added, taken away or moved, and a"
              + " tail that was cut off. Needs the master key; works beside a running server; changes"
              + " nothing.")
  int verify(
      @Option(names = "--tenant", paramLabel = "SLUG", description = "Whose; default: everybody's.")
          @Nullable String tenant,
      @Option(
              names = "--expect",
              paramLabel = "END",
              description =
                  "An end that an earlier run printed, tenant:sequence:hash: it must still be there;"
                      + " several by repeating.")
          @Nullable List<String> expect) {
    List<Verification.End> ends =
        expect == null ? List.of() : expect.stream().map(Verification::end).toList();
    Context context = main.context();
    Vault vault = context.vault();
    try (Database database = context.current();
        Progress progress = main.progress()) {
      vault.verify(database);
      UUID only = tenant == null ? null : database.read(sql -> TenantStore.require(sql, tenant));
      Verification.Report report =
          Verification.run(
              database, vault, only, ends, entries -> progress.at(entries + " entries read"));
      progress.clear();
      print(report);
      return report.isClean() ? Main.OK : Main.CHECK_FAILED;
    }
  }

  private void print(Verification.Report report) {
    Rows summary =
        Rows.of("checked", "count")
            .add("tenants", report.tenants())
            .add("seals", report.seals())
            .add("entries", report.entries())
            .add("entries in the archive", report.archived())
            .add("entries that wait for their seal", report.pending())
            .add("faults", report.faults());
    Rows faults = Rows.of("tenant", "seal", "entry", "fault", "what");
    for (Verification.Fault each : report.named()) {
      faults.add(each.tenant(), each.seal(), each.entry(), each.kind(), each.what());
    }
    Rows ends = Rows.of("end");
    for (Verification.End each : report.ends()) {
      ends.add(each.tenant() + ":" + each.sequence() + ":" + each.hash());
    }
    if (main.isJson()) {
      ObjectNode json =
          JsonNodeFactory.instance
              .objectNode()
              .put("tenants", report.tenants())
              .put("seals", report.seals())
              .put("entries", report.entries())
              .put("archived", report.archived())
              .put("pending", report.pending())
              .put("faults", report.faults());
      json.set("named", faults.json());
      json.set("ends", ends.json());
      main.say(json.toString());
      return;
    }
    main.say(summary.table());
    if (!report.isClean()) {
      main.say("");
      main.say(faults.table());
      long more = report.faults() - report.named().size();
      if (more > 0) {
        main.say("and " + more + " more");
      }
    }
    if (!report.ends().isEmpty()) {
      main.say("");
      main.say(ends.table());
    }
  }
}
