-- The roles of the services. They belong to the whole cluster: another database may have made them, and another
-- migration may be at them now. Where they are as they should be, nothing is written.
DO $$
DECLARE
  service TEXT;
  setting TEXT;
  settings CONSTANT TEXT[] := ARRAY[{settings}];
  may_set_role BOOLEAN;
BEGIN
  -- At most as many rounds as others can be in the way.
  FOR round IN 1..100 LOOP
    BEGIN
      FOREACH service IN ARRAY ARRAY['docket_auth', 'docket_task'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service) THEN
          EXECUTE format('CREATE ROLE %I NOLOGIN', service);
        END IF;
        -- Membership, so that a service that is given the owner's URL can drop to its role. From PostgreSQL 16 on who
        -- makes a role is no member that may become it. A superuser may become anybody.
        IF current_setting('server_version_num')::int >= 160000 THEN
          EXECUTE 'SELECT pg_has_role(current_user, $1, ''SET'')' INTO may_set_role USING service;
          IF NOT may_set_role THEN
            EXECUTE format('GRANT %I TO %I WITH SET TRUE, INHERIT FALSE', service, current_user);
          END IF;
        ELSIF NOT pg_has_role(current_user, service, 'MEMBER') THEN
          EXECUTE format('GRANT %I TO %I', service, current_user);
        END IF;
        -- Defaults of each of its sessions, also of those that a pooler opens.
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service AND rolconfig @> settings) THEN
          FOREACH setting IN ARRAY settings LOOP
            EXECUTE format('ALTER ROLE %I SET %I = %L', service, split_part(setting, '=', 1), split_part(setting, '=', 2));
          END LOOP;
        END IF;
      END LOOP;
      RETURN;
    EXCEPTION
      -- Made, or changed ("tuple concurrently updated"), by another migration meanwhile.
      WHEN duplicate_object OR unique_violation OR internal_error THEN
        IF round = 100 THEN
          RAISE;
        END IF;
    END;
  END LOOP;
END
$$
