@echo off
rem Run by a container of a task in nat mode when it starts: makes the way to the credentials of its task.
rem For images without PowerShell. Tasks with a network interface of their own (awsvpc) need nothing.
rem Safe to repeat; gone with the container.
setlocal

set metric=
for /l %%n in (1,1,60) do if not defined metric call :find
if not defined metric (
  echo This container has no default route. 1>&2
  exit /b 1
)
for %%d in (169.254.170.2/32) do (
  netsh interface ipv4 delete route prefix=%%d interface=%index% store=active >nul 2>&1
  netsh interface ipv4 add route prefix=%%d interface=%index% nexthop=%gateway% store=active >nul || exit /b 1
)
exit /b 0

rem The way to everywhere with the lowest metric. Columns: publish, type, metric, prefix, interface, gateway.
:find
for /f "tokens=3-6" %%a in ('netsh interface ipv4 show route') do if "%%b"=="0.0.0.0/0" call :take %%a %%c %%d
exit /b 0

:take
if defined metric if %1 geq %metric% exit /b 0
set metric=%1
set index=%2
set gateway=%3
exit /b 0
