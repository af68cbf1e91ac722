-- name: give(admin_id, statement_id, role)!
INSERT INTO roles (admin_id, statement_id, role)
VALUES (:admin_id, :statement_id, :role)
ON CONFLICT (admin_id, statement_id) DO UPDATE SET role = excluded.role
WHERE roles.role <> excluded.role;

-- name: take(admin_id, statement_id)!
DELETE FROM roles
 WHERE admin_id = :admin_id
   AND statement_id = :statement_id;

-- name: list_of(admin_id)
SELECT statement_id, role
  FROM roles
 WHERE admin_id = :admin_id;

-- name: list_on(statement_id)
-- Who may do what under a statement: its own admins, and those of the whole server.
SELECT admins.name, roles.statement_id, roles.role, admins.disabled_at, admins.invited_until
  FROM roles
  JOIN admins ON admins.id = roles.admin_id
 WHERE roles.statement_id IN (0, :statement_id)
 ORDER BY admins.name, roles.statement_id;
