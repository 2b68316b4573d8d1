package dev.ledgerstone.audit;

import static dev.ledgerstone.db.schema.Tables.AUDIT_LEAVES;
import static dev.ledgerstone.db.schema.Tables.AUDIT_LOGS;
import static dev.ledgerstone.db.schema.Tables.AUDIT_SEALS;

import dev.ledgerstone.audit.Verification.Kind;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/** Walks one tenant's seals and their entries, in the order in which they were sealed. */
final class ChainCheck {
  private final String slug;
  private final @Nullable Head head;
  private final SealKey key;
  private final Verification.Findings findings;

  private @Nullable Seal seal;
  private String sealHash = "";
  private String hmac = "";

  private MerkleTree tree = new MerkleTree();
  private @Nullable UUID first;
  private @Nullable UUID last;
  private long leaves;
  private boolean isListKnownWrong;

  private long sequence;
  private @Nullable String previous;
  private long sealedBefore;

  private long seals;
  private long entries;
  private long archived;

  ChainCheck(String slug, @Nullable Head head, SealKey key, Verification.Findings findings) {
    this.slug = slug;
    this.head = head;
    this.key = key;
    this.findings = findings;
  }

  /** A seal with one of its entries; one without entries comes once. */
  void row(Record row) {
    Seal now = seal;
    UUID id = row.get(AUDIT_SEALS.ID);
    if (now == null || !now.id().equals(id)) {
      finish();
      now = begin(row);
    }
    UUID entry = row.get(AUDIT_LEAVES.ENTRY_ID);
    if (entry != null) {
      leaf(now, entry, row);
    }
  }

  private Seal begin(Record row) {
    Seal now = Seal.of(row);
    seal = now;
    sealHash = row.get(AUDIT_SEALS.SEAL_HASH);
    hmac = row.get(AUDIT_SEALS.HMAC);
    tree = new MerkleTree();
    first = null;
    last = null;
    leaves = 0;
    isListKnownWrong = false;
    return now;
  }

  private void leaf(Seal now, UUID entry, Record row) {
    String hash = row.get(AUDIT_LEAVES.ENTRY_HASH);
    // As text: PostgreSQL's order, and the sealer's; Java's UUID compares signed halves.
    boolean isInOrder = last == null || last.toString().compareTo(entry.toString()) < 0;
    if (row.get(AUDIT_LEAVES.POSITION) != leaves || !isInOrder) {
      isListKnownWrong = true;
      fault(now, entry, Kind.REORDERED, "an entry does not stand where it was sealed");
    }
    first = first == null ? entry : first;
    last = entry;
    leaves++;
    try {
      tree.add(HexFormat.of().parseHex(hash));
    } catch (IllegalArgumentException _) {
      isListKnownWrong = true;
      fault(now, entry, Kind.LIST, "the hash of an entry in the seal's list is no hash");
    }
    if (row.get(AUDIT_LOGS.ID) == null) {
      if (head != null && head.isGenuine() && now.sequence() <= head.archived()) {
        archived++;
      } else {
        fault(now, entry, Kind.MISSING, "a sealed entry is gone");
      }
      return;
    }
    entries++;
    if (!StoredEntry.hash(row).equals(hash)) {
      fault(now, entry, Kind.CHANGED, "an entry says another thing than when it was sealed");
    } else if (!hash.equals(row.get(AUDIT_LOGS.ENTRY_HASH))) {
      fault(now, entry, Kind.CHANGED, "the hash in an entry was changed");
    }
  }

  private void finish() {
    Seal now = seal;
    if (now == null) {
      return;
    }
    seals++;
    if (now.sequence() != sequence + 1) {
      fault(
          now,
          null,
          Kind.CHAIN,
          now.sequence() == sequence + 2
              ? "seal " + (sequence + 1) + " is gone"
              : "seals " + (sequence + 1) + " to " + (now.sequence() - 1) + " are gone");
    } else if (!Objects.equals(now.previous(), previous) || now.from() != sealedBefore) {
      fault(now, null, Kind.CHAIN, "the seal does not follow the one before it");
    }
    String hash = now.hash();
    if (!SealKey.same(key.seal(hash), hmac) || !hash.equals(sealHash)) {
      fault(now, null, Kind.SEAL, "the seal was changed, or made with another key");
    }
    boolean isListSealed =
        leaves == now.count()
            && now.to() - now.from() == now.count()
            && now.first().equals(first)
            && now.last().equals(last)
            && HexFormat.of().formatHex(tree.root()).equals(now.root());
    if (!isListSealed && !isListKnownWrong) {
      fault(
          now,
          null,
          Kind.LIST,
          "the seal holds " + now.count() + " entries and lists " + leaves + ", or other ones");
    }
    sequence = now.sequence();
    previous = sealHash;
    sealedBefore = now.to();
  }

  /** Checks the last seal and the head; the end of the chain, if there is one. */
  Optional<Verification.End> end() {
    finish();
    seal = null;
    if (head == null) {
      if (sequence > 0) {
        findings.add(slug, sequence, null, Kind.TAIL, "the head of the chain is gone");
      }
    } else if (!head.isGenuine()) {
      findings.add(
          slug, head.sequence(), null, Kind.TAIL, "the head was changed, or made with another key");
    } else if (head.sequence() > sequence) {
      findings.add(
          slug,
          sequence + 1,
          null,
          Kind.TAIL,
          "the tail is cut off: the chain ended with seal " + head.sequence());
    } else if (head.sequence() < sequence || !head.sealHash().equals(previous)) {
      findings.add(slug, sequence, null, Kind.TAIL, "the chain does not end where its head says");
    }
    return previous == null
        ? Optional.empty()
        : Optional.of(new Verification.End(slug, sequence, previous));
  }

  private void fault(Seal of, @Nullable UUID entry, Kind kind, String what) {
    findings.add(slug, of.sequence(), entry, kind, what);
  }

  long seals() {
    return seals;
  }

  long entries() {
    return entries;
  }

  long archived() {
    return archived;
  }
}
