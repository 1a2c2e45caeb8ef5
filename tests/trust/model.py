"""What must be in the table, from the contract's words alone (README, docs/concepts/trust.md). It knows nothing of
files, SQL or the binary: it is told which delivered rows were accepted on which day, and does the arithmetic."""

from datetime import timedelta


class Remembered:
    """The accepted deliveries of one source."""

    def __init__(self, name, canal, dias, keeps="snapshot"):
        self.name, self.canal, self.dias, self.keeps = name, canal, dias, keeps
        self.accepted = {}  # day -> the contacts that `where` kept

    def accept(self, day, contacts):
        self.accepted[day] = list(contacts)

    def refuse(self, day):
        """What an earlier run of the same day accepted stays: it is the last accepted state."""

    def in_force(self, day):
        """A snapshot: the last accepted delivery. Events: whatever was delivered up to the day."""
        upto = [d for d in self.accepted if d <= day]
        if self.keeps == "events":
            return [contact for d in upto for contact in self.accepted[d]]
        return self.accepted[max(upto)] if upto else []

    def quarantined(self, day):
        """(id_cliente, canal) -> the row of that day, as product.rows_of() writes one."""
        kept = {}
        for contact in self.in_force(day):
            if contact.client is None:
                continue
            if self.dias is None:
                age = leaves = None
            else:
                if contact.sent is None:
                    continue
                age, leaves = (day - contact.sent).days, contact.sent + timedelta(days=self.dias)
                if age < 0 or day > leaves:
                    continue
            kept.setdefault(contact.client, []).append((contact, age, leaves))
        return {(client, self.canal): self.row(client, sorted(rows, key=leaves_last)[0], day)
                for client, rows in kept.items()}

    def row(self, client, best, day):
        contact, age, leaves = best
        values = (client, self.canal, contact.email, contact.phone, contact.subject, contact.sent, age, leaves, day)
        return tuple(None if value is None else str(value) for value in values)


def leaves_last(entry):
    """Sorts the row that is published first: it leaves last, or, where nobody leaves, was sent last; then the smallest
    e-mail, phone and subject, none last."""
    contact = entry[0]
    late = -contact.sent.toordinal() if contact.sent else 1
    return late, *((text is None, text or "") for text in (contact.email, contact.phone, contact.subject))


def table_of(sources, day):
    """The rows of a day in key order."""
    rows = {}
    for source in sources:
        rows.update(source.quarantined(day))
    return sorted(rows.values(), key=lambda row: (row[1], row[0]))
