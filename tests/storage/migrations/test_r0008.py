from trax_mailer.storage.migrations import migrate

ACT = (
    'INSERT INTO act (id, kind, at, "by", source, words, details) '
    "VALUES ({}, '{}', '2026-01-05 09:30:00+00:00', '', '', '{}', '{{}}')"
)


def test_who_left_by_mail_is_told_from_who_pressed_a_button_when_a_ledger_is_upgraded(engine):
    with engine.begin() as connection:
        migrate(connection, to="0004")
        connection.exec_driver_sql(ACT.format(1, "one-click", "asked by mail to leave"))
        connection.exec_driver_sql(ACT.format(2, "one-click", ""))
        migrate(connection)
        connection.exec_driver_sql(ACT.format(3, "mail", ""))
        kinds = connection.exec_driver_sql("SELECT kind FROM act ORDER BY id").scalars().all()
    assert kinds == ["mail", "one-click", "mail"]
